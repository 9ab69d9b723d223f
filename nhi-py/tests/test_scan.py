"""Scanner, Redactor, inspect and mint: forms of data, spans, threads."""

import array
import gc
import mmap
import pickle

import nhi
import pytest

RULE = "github.personal-access-token-classic"
TOKEN = nhi.mint(RULE, 7)


def test_spans_count_bytes_for_bytes_and_characters_for_str():
    text = f"é€𐐷 = 1\nkey = {TOKEN} # é\n"
    (of_text,) = nhi.Scanner().scan(text)
    (of_bytes,) = nhi.Scanner().scan(text.encode())
    assert text[of_text["start"] : of_text["end"]] == TOKEN
    assert text.encode()[of_bytes["start"] : of_bytes["end"]] == TOKEN.encode()
    assert of_bytes["start"] - of_text["start"] == 6
    assert (of_text["line"], of_text["column"]) == (of_bytes["line"], of_bytes["column"]) == (2, 7)


def test_parts_of_a_pair_count_characters_too():
    key, secret = nhi.mint("aws.access-key-id-long-lived", 1), nhi.mint("aws.secret-access-key", 1)
    text = f"é é é\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    parts = [part for finding in nhi.Scanner().scan(text) for part in finding["parts"]]
    assert parts and all(text[part["start"] : part["end"]] in (key, secret) for part in parts)


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda b: memoryview(bytearray(b))[:]])
def test_every_form_of_bytes_gives_the_same(form):
    data = f"GH={TOKEN}".encode()
    assert nhi.Scanner().scan(form(data)) == nhi.Scanner().scan(data) != []


def test_any_buffer_is_read():
    data = f"GH={TOKEN}".encode()
    with mmap.mmap(-1, len(data)) as mapped:
        mapped.write(data)
        assert nhi.Scanner().scan(mapped) == nhi.Scanner().scan(array.array("B", data)) == nhi.Scanner().scan(data)


def test_a_view_with_gaps_is_read_as_what_it_shows():
    data = b"".join(bytes([b, 0]) for b in f"GH={TOKEN}".encode())
    assert nhi.Scanner().scan(memoryview(data)[::2])[0]["rule"] == RULE


def test_the_path_is_set_and_the_pepper_gives_fingerprints():
    pepper = nhi.Pepper(bytes(range(32)))
    (found,) = nhi.Scanner(pepper=pepper).scan(f"GH={TOKEN}", "src/a.py")
    assert found["path"] == "src/a.py"
    assert found["fingerprint"] == pepper.fingerprint(TOKEN)
    assert pepper.matches(found["fingerprint"], TOKEN) and not pepper.matches(found["fingerprint"], "other")
    (found,) = nhi.Scanner().scan(f"GH={TOKEN}")
    assert "path" not in found and "fingerprint" not in found


def test_switches_of_the_scanner():
    assert nhi.Scanner().scan(f"GH={TOKEN}  # nhi:ignore") == []
    assert len(nhi.Scanner(ignore_marks=False).scan(f"GH={TOKEN}  # nhi:ignore")) == 1


def test_redacting_keeps_the_type_and_the_rest():
    redactor = nhi.Redactor(nhi.Scanner(ignore_marks=False))
    text = f"é Authorization: token {TOKEN}\n"
    line = redactor.redact(text)
    assert isinstance(line, str) and TOKEN not in line and line.startswith("é Authorization: token ghp_…")
    assert redactor.redact(text.encode()) == line.encode()
    assert redactor.redact(b"\xff nothing \xfe") == b"\xff nothing \xfe"


def test_no_secret_is_in_findings_inspections_or_errors():
    pepper = nhi.Pepper(bytes(32))
    seen = [nhi.Scanner(pepper=pepper).scan(f"GH={TOKEN}"), nhi.inspect(TOKEN, pepper), repr(pepper)]
    with pytest.raises(nhi.NhiError) as caught:
        nhi.Baseline().score({"time": 0, "asn": TOKEN})
    seen.append(str(caught.value))
    with pytest.raises(nhi.NhiError) as caught:
        nhi.Baseline().score({"time": 0, TOKEN: 1})
    seen.append(str(caught.value))
    with pytest.raises(nhi.NhiError) as caught:
        nhi.Lifecycle().apply({"cmd_id": "1", "actor": "a", "credential": "c", "type": TOKEN}, 0)
    seen.append(str(caught.value))
    with pytest.raises(nhi.NhiError) as caught:
        nhi.Lifecycle({"retries": TOKEN})
    seen.append(str(caught.value))
    assert len(seen) == 7
    assert all(TOKEN[8:-8] not in str(text) for text in seen)


def test_inspecting_names_rule_and_check():
    told = nhi.inspect(f"Bearer {TOKEN}")
    assert told["rule"] == RULE and told["check"]["outcome"] == "holds"
    assert nhi.inspect(b"")["rule"] is None


def test_decoys_repeat_and_differ_by_seed():
    assert nhi.mint(RULE, 7) == TOKEN != nhi.mint(RULE, 2**64 - 1)
    for bad in [("no.such-rule", 1), (RULE, 2**64), (RULE, -1), (RULE, 10**400), (RULE, 1, 99)]:
        with pytest.raises(nhi.NhiError) as caught:
            nhi.mint(*bad)
        assert caught.value.code == "invalid_argument"


def test_any_cutting_of_a_stream_gives_the_findings_of_the_whole():
    data = (f"# é\nGH={TOKEN}\n" + "nothing to see here\n" * 9000 + f"GL={nhi.mint('gitlab.personal-access-token', 1)}").encode()
    scanner = nhi.Scanner()
    for size in (7, 4096, len(data)):
        stream = scanner.stream("src/a.py")
        found = [f for at in range(0, len(data), size) for f in stream.push(memoryview(data)[at : at + size])]
        found += stream.finish()
        assert found == scanner.scan(data, "src/a.py") and len(found) == 2


def test_a_stream_that_has_ended_says_so():
    stream = nhi.Scanner().stream()
    assert stream.push(b"") == stream.finish() == []
    for call in (stream.finish, lambda: stream.push(b"x")):
        with pytest.raises(nhi.InvalidInputError, match="it has ended"):
            call()
    with pytest.raises(nhi.WrongTypeError, match="found str"):
        nhi.Scanner().stream().push("text")
    with pytest.raises(nhi.NhiError, match="not pickled"):
        pickle.dumps(nhi.Scanner().stream())
    # The scanner may go first.
    stream = nhi.Scanner().stream()
    gc.collect()
    assert [f["rule"] for f in stream.push(TOKEN.encode()) + stream.finish()] == [RULE]


def test_pickles_carry_settings_and_never_a_key():
    scanner = pickle.loads(pickle.dumps(nhi.Scanner(generic=False, ignore_marks=False)))
    assert repr(scanner) == "<nhi.Scanner generic=False ignore_marks=False pepper=False>"
    redactor = pickle.loads(pickle.dumps(nhi.Redactor(scanner)))
    assert TOKEN not in redactor.redact(TOKEN)
    pepper = nhi.Pepper(bytes(32))
    for secretive in (pepper, nhi.Scanner(pepper=pepper), nhi.Redactor(nhi.Scanner(pepper=pepper))):
        with pytest.raises(nhi.NhiError, match="not pickled"):
            pickle.dumps(secretive)


def test_a_pepper_is_read_and_written():
    pepper = nhi.Pepper(bytes(range(32)))
    again = nhi.Pepper.parse(pepper.expose_file())
    assert again.id == pepper.id and again.fingerprint("x") == pepper.fingerprint(b"x")
    for bad in ("", "nhi-pepper-1 x y", pepper.expose_file() * 3):
        with pytest.raises(nhi.NhiError) as caught:
            nhi.Pepper.parse(bad)
        assert caught.value.code == "invalid_pepper"
    for bad in (b"", bytes(31), bytes(33), "x" * 32):
        with pytest.raises(nhi.NhiError) as caught:
            nhi.Pepper(bad)
        assert caught.value.code == "invalid_pepper"

"""Baseline, Lifecycle, Ledger, Inventory, Authorizer, assess, and the programs that use them."""

import datetime
import json
import pathlib
import pickle
import random

import guard
import nhi
import pytest
import verify_ledger

HOUR = 3_600_000


def month():
    return [{"time": (day * 24 + hour) * HOUR, "credential": "ci", "asn": 64500} for day in range(30) for hour in (9, 10, 11)]


def test_a_call_from_another_network_is_named():
    baseline = nhi.Baseline()
    scores = baseline.score(month(), close_epochs=True)
    assert len(scores) == 90 and scores[0]["trust"] == "learning"
    baseline.close_epoch(29 * 24 * HOUR)
    strange = {"time": (29 * 24 + 11) * HOUR, "credential": "ci", "asn": 64666}
    before = baseline.save()
    looked = baseline.peek(strange)
    assert baseline.save() == before
    assert looked["reasons"][0]["text"] == "network AS64666 never seen in 29 days (1 known)"
    assert baseline.score(strange) == looked


def test_one_by_one_and_in_a_batch_are_the_same_bytes():
    batch, single = nhi.Baseline(), nhi.Baseline()
    scores = batch.score(month(), close_epochs=True)
    for activity, expected in zip(month(), scores):
        if single.closing_due(activity):
            single.close_epoch(activity["time"])
        assert single.score(activity) == expected
    assert single.save() == batch.save()


def test_a_malformed_activity_in_a_batch_leaves_nothing_learned():
    baseline = nhi.Baseline()
    with pytest.raises(nhi.NhiError):
        baseline.score([*month(), {"time": 0, "asn": -1}])
    assert len(baseline) == 0 and baseline


def test_baselines_are_saved_merged_and_pickled():
    one, two = nhi.Baseline(seed=1), nhi.Baseline(seed=1)
    one.score({"time": 0, "credential": "a"})
    two.score({"time": 0, "credential": "b"})
    merged = nhi.Baseline.merge_all([one, two])
    assert len(merged) == 2 and merged.save() == nhi.Baseline.merge_all((two, one)).save()
    assert nhi.Baseline.load(merged.save()).save() == merged.save() == pickle.loads(pickle.dumps(merged)).save()
    with pytest.raises(nhi.InvalidInputError):
        nhi.Baseline.merge_all([one, nhi.Baseline(seed=2)])
    assert one.alerts("/a") == 0 and one.alerts("/b") is None and len(one.thresholds("/a")) == 2


def test_a_budget_is_changed_for_the_next_score():
    baseline = nhi.Baseline(budget=0.1)
    baseline.score(month(), close_epochs=True)
    usual = baseline.thresholds("/ci")
    baseline.set_budget(10)
    assert baseline.thresholds("/ci")[0] < usual[0]
    assert baseline.close_epoch(31 * 24 * HOUR)["budget"] == 10
    for bad in (0, -1, 1e7, float("nan"), float("inf")):
        with pytest.raises(nhi.InvalidInputError, match="budget"):
            baseline.set_budget(bad)


def test_damaged_state_is_refused_at_every_byte():
    baseline = nhi.Baseline()
    baseline.score({"time": 0, "credential": "a"})
    state = baseline.save()
    rng = random.Random(1)
    for _ in range(200):
        changed = bytearray(state)
        changed[rng.randrange(len(state))] ^= 1 << rng.randrange(8)
        with pytest.raises(nhi.StateError):
            nhi.Baseline.load(changed)
    for length in range(0, len(state), 37):
        with pytest.raises(nhi.StateError):
            nhi.Baseline.load(state[:length])
    later = bytearray(state)
    later[8] = 99
    with pytest.raises(nhi.StateError) as caught:
        nhi.Baseline.load(later)
    assert caught.value.code == "state_version"


def story():
    """A key is registered, revoked, and the provider confirms."""
    machine = nhi.Lifecycle()
    who = {"actor": "ann", "credential": "corp/ci/api_key"}
    owners = [{"kind": "team", "id": "platform"}]
    machine.apply({**who, "cmd_id": "1", "type": "Register", "owners": owners, "versions": [{"external_id": "é-1"}]}, 0)
    machine.apply({**who, "cmd_id": "2", "type": "Revoke", "cause": "cessation"}, HOUR)
    for effect in machine.outstanding():
        command = nhi.Lifecycle.answer(effect, "host", HOUR + 1000, evidence="status 204")
        assert machine.apply(command, HOUR + 1000)["already"] is False
    return machine


def test_a_key_is_registered_revoked_and_confirmed():
    machine = story()
    assert machine.outstanding() == []
    assert machine.state("corp/ci/api_key")["versions"][0]["state"]["state"] == "Revoked"
    assert list(machine.states()) == ["corp/ci/api_key"] and machine.state("other") is None
    lines = machine.ledger.lines()
    assert nhi.Ledger.replay(lines) == machine.states()
    resumed = nhi.Lifecycle(ledger=lines)
    assert resumed.states() == machine.states() and resumed.ledger.head() == machine.ledger.head()
    assert resumed.next_deadline() == machine.next_deadline()
    assert resumed.ledger.lines() == ""
    again = machine.apply({"actor": "ann", "credential": "corp/ci/api_key", "cmd_id": "2", "type": "Revoke",
                           "cause": "cessation"}, 3 * HOUR)
    assert again["already"] and again["entries"] == [] and again["seqs"]


def test_a_refused_command_says_what_it_needs():
    with pytest.raises(nhi.RejectedError) as caught:
        story().apply({"actor": "ann", "credential": "corp/ci/api_key", "cmd_id": "9", "expected_seq": 1,
                       "type": "Suspend", "reason": "x"}, 3 * HOUR)
    assert caught.value.guard == "expected_seq" and caught.value.needs == "a look at the present state"


def test_lines_are_taken_once_and_the_chain_goes_on():
    machine = story()
    ledger = machine.ledger
    first, head = ledger.take(), ledger.head()
    assert ledger.lines() == "" and nhi.Ledger.verify(first, head)["fault"] is None
    machine.apply({"cmd_id": "r", "actor": "a", "credential": "d", "type": "Register"}, 4 * HOUR)
    assert nhi.Ledger.verify(first + ledger.lines(), ledger.head())["anchored"]
    own = nhi.Ledger(head)
    assert own.head() == head


def ledgers():
    """A good ledger, its checkpoint, and broken ones with what both verifiers must say."""
    machine = story()
    good, head = machine.ledger.lines().encode(), machine.ledger.head()
    lines = good.splitlines(keepends=True)
    assert len(lines) >= 4
    swapped = b"".join([lines[1], lines[0], *lines[2:]])
    return good, head, {
        "changed": (good.replace(b'"actor":"ann"', b'"actor":"bob"', 1), None),
        "changed, not text": (good[:20] + b"\xff" + good[21:], None),
        "changed, not JSON": (b"{}x" + good, None),
        "changed, a field more": (good.replace(b'{"actor"', b'{"a":1,"actor"', 1), None),
        "not_canonical": (good.replace(b'{"actor":', b'{"actor": ', 1), None),
        "not_canonical, twice": (good.replace(b'"cmd_id":"1"', b'"cmd_id":"1","cmd_id":"1"', 1), None),
        "unknown_version": (good.replace(b'"v":1}', b'"v":2}', 1), None),
        "missing, swapped": (swapped, None),
        "missing, dropped": (b"".join(lines[1:]), None),
        "missing, dropped inside": (b"".join([lines[0], *lines[2:]]), None),
        "reordered": (lines[0] + good, None),
        "truncated": (good[:-1], None),
        "cut": (b"".join(lines[:-1]), head),
        "rewritten": (good, {"seq": 2, "hash": "0" * 64}),
    }


def test_a_good_ledger_holds_for_both_verifiers():
    good, head, _ = ledgers()
    checked = nhi.Ledger.verify(good, head)
    assert checked == {"entries": head["seq"], "head": head, "fault": None, "anchored": True}
    assert verify_ledger.verify(good, (head["seq"], head["hash"])) == (head["seq"], None)
    assert verify_ledger.verify(b"") == (0, None)
    # Without a checkpoint a cut tail does not show.
    assert verify_ledger.verify(b"".join(good.splitlines(keepends=True)[:-1]))[1] is None


@pytest.mark.parametrize("what", ledgers()[2])
def test_a_broken_ledger_is_told_alike_by_both_verifiers(what):
    lines, checkpoint = ledgers()[2][what]
    ours = nhi.Ledger.verify(lines, checkpoint)
    entries, fault = verify_ledger.verify(lines, checkpoint and (checkpoint["seq"], checkpoint["hash"]))
    assert fault is not None and ours["fault"]["code"] == what.split(",")[0]
    assert (entries, fault[0]) == (ours["entries"], ours["fault"]["line"])
    if "twice" not in what:
        assert fault[1] == ours["fault"]["code"]


def test_every_changed_byte_shows_to_both_verifiers():
    good, _, _ = ledgers()
    rng = random.Random(2)
    for at in rng.sample(range(len(good)), 300):
        changed = bytearray(good)
        changed[at] ^= 1 << rng.randrange(8)
        assert verify_ledger.verify(bytes(changed))[1] is not None, at
        assert nhi.Ledger.verify(changed)["fault"] is not None, at


def test_the_verifier_as_a_program(tmp_path, capsys):
    good, head, _ = ledgers()
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(good)
    anchored = f"{head['seq']}:{head['hash']}"
    assert verify_ledger.main([str(path)]) == 0 and verify_ledger.main([str(path), anchored]) == 0
    path.write_bytes(good[:-1])
    assert verify_ledger.main([str(path)]) == 1
    assert verify_ledger.main([str(tmp_path / "none")]) == verify_ledger.main([]) == 2
    out = capsys.readouterr().out
    assert "tail not anchored" in out and "the tail is anchored" in out and "truncated" in out
    source = pathlib.Path(verify_ledger.__file__).read_text(encoding="utf-8")
    assert source.count("\n") <= 120 and "import nhi" not in source


def test_an_export_is_detected_and_read_beside_its_problems():
    owners = "kind,id,name,status\nteam,payments,Payments,active\nteam,ghosts,Ghosts,vanished\n"
    assert nhi.detect("x", owners)[0]["adapter"] == "owners" and nhi.detect("notes.txt", b"nothing") == []
    parsed = nhi.parse("owners.csv", owners.encode(), HOUR)
    assert parsed == nhi.parse("owners.csv", owners, HOUR, adapter="owners")
    assert parsed["rows"] == 2 and len(parsed["items"]) == 1 and parsed["problems"][0]["place"]["line"] == 3
    # What was read is what an inventory observes.
    observations = [item["observation"] for item in parsed["items"]]
    snapshot = {"source": "owners.csv", "plane": parsed["plane"], "taken_at": HOUR, "completeness": "full"}
    inventory = nhi.Inventory()
    inventory.observe(snapshot, observations)
    assert inventory.owners()[0]["name"] == "Payments"
    for bad, code in [(dict(adapter="none"), "invalid_argument"), ({}, "unreadable")]:
        with pytest.raises(nhi.InvalidInputError) as caught:
            nhi.parse("x", b"nothing", 0, **bad)
        assert caught.value.code == code


def estate():
    """A key that its issuer has and nobody declared, and one the other way round."""
    inventory = nhi.Inventory()
    for source, plane, name, key in [("list", "control_plane", "ci", "key-1"), ("git", "declared", "old", "key-2")]:
        record = {"id": f"aws:1/{name}/access-key", "identity": name, "issuer": "aws:1", "external_ids": [key]}
        observation = {"record": {"credential": record}, "provenance": {"source": source, "observed_at": 0}}
        snapshot = {"source": source, "plane": plane, "taken_at": 0, "completeness": "full"}
        observed = inventory.observe(snapshot, [observation])
        assert observed == {"replaced": [], "stale": [], "ambiguities": []}
    return inventory


def test_an_inventory_resolves_tells_drift_and_is_saved():
    inventory = estate()
    inventory.observe_activities([{"time": HOUR, "credential": "aws:1/ci/access-key", "asn": 64500}])
    assert inventory.resolve("key-1") == "aws:1/ci/access-key" and inventory.resolve("key-3") is None
    entry = inventory.credential("key-1")
    assert entry["record"]["identity"] == "ci" and entry["usage"]
    assert [e["record"]["identity"] for e in inventory.credentials()] == ["ci", "old"]
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    drift, plan = inventory.drift(now), inventory.plan(now)
    assert [(d["kind"], d["credential"]) for d in drift] == [
        ("undeclared", "aws:1/ci/access-key"), ("ghost", "aws:1/old/access-key")]
    # A step's command is one that the lifecycle takes.
    assert nhi.Lifecycle().apply(plan[0]["command"], now)["entries"]
    again = pickle.loads(pickle.dumps(inventory))
    assert again.save() == inventory.save() and again.drift(now) == drift
    assert inventory.owners() == inventory.sightings() == inventory.ambiguities() == []
    assert isinstance(inventory.identities(), list)


def test_a_request_is_answered_recorded_and_replayed():
    pepper, token = nhi.Pepper(bytes(32)), nhi.mint("gitlab.personal-access-token", 1)
    question = {"subject": {"type": "token", "id": token}, "action": {"name": "read"},
                "resource": {"type": "path", "id": "/x"}}
    authorizer = nhi.Authorizer()
    decided = authorizer.authorize(question, 0, pepper=pepper)
    assert decided["answer"]["decision"] is False and decided["answer"]["context"]["nhi"]["outcome"] == "deny"
    assert decided["record"]["input"]["request"]["fingerprint"] == pepper.fingerprint(token)
    assert token not in json.dumps(decided)
    assert authorizer.replay(decided["record"]) == "same"
    assert nhi.Authorizer({"enforce": False}).replay(decided["record"]) == "policy_differs"
    observing = pickle.loads(pickle.dumps(nhi.Authorizer({"enforce": False})))
    told = observing.authorize(question, 0)["answer"]
    assert told["decision"] is True and told["context"]["nhi"]["would_have"] == "deny"
    entry = nhi.Ledger().record("unknown", decided["record"]["id"], "gateway", 0, decided["event"])
    assert entry["seq"] == 1 and nhi.Ledger.verify(entry["line"])["fault"] is None


def test_the_whole_way_in_one_call():
    key = nhi.mint("aws.access-key-id-long-lived", 7)
    keys = json.dumps({"AccessKeyMetadata": [{"UserName": "ci", "Status": "Active",
                                              "CreateDate": "2020-01-01T00:00:00Z", "AccessKeyId": key}]})
    inputs = {"files": [{"name": "keys.json", "bytes": keys, "completeness": "full"}], "searched": True,
              "commands": [{"at": 0, "command": {"cmd_id": "1", "actor": "a", "credential": "x", "type": "Register"}}]}
    now = "2026-11-01T00:00:00Z"
    done = nhi.assess(inputs, now)
    report = done["report"]
    assert report["counts"]["credentials"] >= 1 and "NHI7-a" in json.dumps(report["steps"])
    assert done["html"].startswith("<!doctype html>")
    assert json.loads(done["sarif"])["version"] == "2.1.0" and done["markdown"] and done["terminal"]
    assert nhi.Ledger.verify(done["ledger"], report["checkpoint"])["fault"] is None
    assert len(nhi.Baseline.load(done["baseline"])) == 0
    assert nhi.assess(inputs, now) == done
    more = nhi.assess({**inputs, "ledger": done["ledger"], "baseline": done["baseline"],
                       "checkpoint": report["checkpoint"]}, now, policy={"observe": True})
    assert more["report"]["checkpoint"]["seq"] >= report["checkpoint"]["seq"]
    with pytest.raises(nhi.InvalidInputError):
        nhi.assess({"file": []}, now)
    with pytest.raises(nhi.InvalidInputError):
        nhi.assess({"ledger": done["ledger"][1:]}, now)


def test_guard_lets_the_usual_pass_and_nothing_else(capsys):
    answers = guard.main()
    told = [answer["context"]["nhi"]["outcome"] for answer in answers]
    assert told == ["allow", "step_up", "deny", "deny", "deny"]
    assert "chain verified" in capsys.readouterr().out

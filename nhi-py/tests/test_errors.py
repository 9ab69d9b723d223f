"""Whatever is given: our error with its code, never a crash, a panic or another exception."""

import copy
import datetime
import gc
import pickle
import sys

import nhi
import pytest

CYCLE: list = []
CYCLE.append(CYCLE)
BUSHY: list = [0]
for _ in range(60):
    BUSHY = [BUSHY, BUSHY]
DEEP: dict = {}
for _ in range(100_000):
    DEEP = {"x": DEEP}


def closed_view():
    view = memoryview(bytearray(b"x"))
    view.release()
    return view


class Broken:
    """Raises wherever it is touched."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __bytes__(self):
        raise RuntimeError("bytes")

    def __index__(self):
        raise RuntimeError("index")

    def __str__(self):
        raise RuntimeError("str")


STRANGE = [None, True, 3, 1.5, float("nan"), 10**400, -(10**400), "", "\ud800", "é", b"", b"\xff", bytearray(), [], (),
           {}, {1: 2}, {"a": float("inf")}, {"\udfff": 1}, {"a": {"b": {1}}}, CYCLE, DEEP, BUSHY, object(), Broken(), Broken,
           closed_view(), datetime.datetime(2026, 1, 1), datetime.datetime.min.replace(tzinfo=datetime.timezone.utc),
           len, nhi, range(3), {"time": "yesterday"}, {"type": "Register"}, [None], [{}], [[1]]]


def calls():
    """Each call of the surface with one strange value in one place, the others good."""
    pepper, scanner, lifecycle = nhi.Pepper(bytes(32)), nhi.Scanner(), nhi.Lifecycle()
    ledger, inventory, authorizer, baseline = lifecycle.ledger, nhi.Inventory(), nhi.Authorizer(), nhi.Baseline()
    snapshot = {"source": "s", "plane": "declared", "taken_at": 0, "completeness": "full"}
    question = {"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}
    effect = {"id": "x", "credential": "c", "work": {"type": "Notify", "about": "a", "text": "t"}}
    command = {"cmd_id": "1", "actor": "a", "credential": "c", "type": "Register"}
    one = {"time": 0, "credential": "c"}
    return {
        "Pepper": lambda x: nhi.Pepper(x),
        "Pepper.parse": lambda x: nhi.Pepper.parse(x),
        "Pepper.fingerprint": lambda x: pepper.fingerprint(x),
        "Pepper.matches 1": lambda x: pepper.matches(x, b""),
        "Pepper.matches 2": lambda x: pepper.matches(pepper.fingerprint(b""), x),
        "Scanner generic": lambda x: nhi.Scanner(generic=x),
        "Scanner ignore_marks": lambda x: nhi.Scanner(ignore_marks=x),
        "Scanner pepper": lambda x: nhi.Scanner(pepper=x),
        "Scanner.scan data": lambda x: scanner.scan(x),
        "Scanner.scan path": lambda x: scanner.scan(b"", x),
        "Scanner.stream path": lambda x: scanner.stream(x),
        "Stream.push": lambda x: scanner.stream().push(x),
        "Redactor": lambda x: nhi.Redactor(x),
        "Redactor.redact": lambda x: nhi.Redactor(scanner).redact(x),
        "inspect": lambda x: nhi.inspect(x),
        "inspect pepper": lambda x: nhi.inspect(b"", x),
        "mint rule": lambda x: nhi.mint(x, 1),
        "mint seed": lambda x: nhi.mint("github.personal-access-token-classic", x),
        "detect name": lambda x: nhi.detect(x, b""),
        "detect data": lambda x: nhi.detect("a", x),
        "parse name": lambda x: nhi.parse(x, b"", 0),
        "parse data": lambda x: nhi.parse("a", x, 0),
        "parse read_at": lambda x: nhi.parse("a", b"kind,id,name,status\n", x),
        "parse pepper": lambda x: nhi.parse("a", b"kind,id,name,status\n", 0, pepper=x),
        "parse adapter": lambda x: nhi.parse("a", b"kind,id,name,status\n", 0, adapter=x),
        "Baseline.set_budget": lambda x: nhi.Baseline().set_budget(x),
        "Baseline budget": lambda x: nhi.Baseline(budget=x),
        "Baseline seed": lambda x: nhi.Baseline(seed=x),
        "Baseline.score": lambda x: baseline.score(x),
        "Baseline.score field": lambda x: baseline.score({**one, "action": x}),
        "Baseline.score time": lambda x: baseline.score({**one, "time": x}),
        "Baseline.score close_epochs": lambda x: baseline.score(one, close_epochs=x),
        "Baseline.peek": lambda x: baseline.peek(x),
        "Baseline.closing_due": lambda x: baseline.closing_due(x),
        "Baseline.close_epoch": lambda x: nhi.Baseline().close_epoch(x),
        "Baseline.close_alert 1": lambda x: baseline.close_alert(x, True),
        "Baseline.close_alert 2": lambda x: baseline.close_alert("c", x),
        "Baseline.alerts": lambda x: baseline.alerts(x),
        "Baseline.thresholds": lambda x: baseline.thresholds(x),
        "Baseline.load": lambda x: nhi.Baseline.load(x),
        "Baseline.merge_all": lambda x: nhi.Baseline.merge_all(x),
        "Baseline.merge_all member": lambda x: nhi.Baseline.merge_all([baseline, x]),
        "Lifecycle policy": lambda x: nhi.Lifecycle(x),
        "Lifecycle ledger": lambda x: nhi.Lifecycle(ledger=x),
        "Lifecycle.apply command": lambda x: nhi.Lifecycle().apply(x, 0),
        "Lifecycle.apply field": lambda x: nhi.Lifecycle().apply({**command, "owners": x}, 0),
        "Lifecycle.apply now": lambda x: nhi.Lifecycle().apply(command, x),
        "Lifecycle.tick": lambda x: lifecycle.tick(x),
        "Lifecycle.state": lambda x: lifecycle.state(x),
        "Lifecycle.answer effect": lambda x: nhi.Lifecycle.answer(x, "a", 0),
        "Lifecycle.answer actor": lambda x: nhi.Lifecycle.answer(effect, x, 0),
        "Lifecycle.answer at": lambda x: nhi.Lifecycle.answer(effect, "a", x),
        "Lifecycle.answer evidence": lambda x: nhi.Lifecycle.answer(effect, "a", 0, evidence=x),
        "Ledger": lambda x: nhi.Ledger(x),
        "Ledger.record event": lambda x: ledger.record("c", "1", "a", 0, x),
        "Ledger.verify": lambda x: nhi.Ledger.verify(x),
        "Ledger.verify checkpoint": lambda x: nhi.Ledger.verify(b"", x),
        "Ledger.replay": lambda x: nhi.Ledger.replay(x),
        "Inventory.observe 1": lambda x: inventory.observe(x, []),
        "Inventory.observe 2": lambda x: inventory.observe(snapshot, x),
        "Inventory.observe_activities": lambda x: inventory.observe_activities(x),
        "Inventory.resolve": lambda x: inventory.resolve(x),
        "Inventory.credential": lambda x: inventory.credential(x),
        "Inventory.drift": lambda x: inventory.drift(x),
        "Inventory.plan": lambda x: inventory.plan(x),
        "Inventory.load": lambda x: nhi.Inventory.load(x),
        "Authorizer": lambda x: nhi.Authorizer(x),
        "Authorizer.authorize": lambda x: authorizer.authorize(x, 0),
        "Authorizer.authorize field": lambda x: authorizer.authorize({**question, "context": x}, 0),
        "Authorizer.authorize now": lambda x: authorizer.authorize(question, x),
        "Authorizer.authorize state": lambda x: authorizer.authorize(question, 0, state=x),
        "Authorizer.authorize score": lambda x: authorizer.authorize(question, 0, score=x),
        "Authorizer.authorize pepper": lambda x: authorizer.authorize(question, 0, pepper=x),
        "Authorizer.replay": lambda x: authorizer.replay(x),
        "assess": lambda x: nhi.assess(x, 0),
        "assess now": lambda x: nhi.assess({}, x),
        "assess policy": lambda x: nhi.assess({}, 0, policy=x),
        "assess pepper": lambda x: nhi.assess({}, 0, pepper=x),
        **{
            f"assess {field}": lambda x, field=field: nhi.assess({field: x}, 0)
            for field in ("files", "findings", "activities", "records", "commands", "ledger", "checkpoint", "baseline", "problems",
                          "searched")
        },
    }


@pytest.mark.parametrize("name", calls())
def test_strange_values_give_our_error_or_an_answer(name):
    call, refused = calls()[name], 0
    for value in STRANGE:
        try:
            call(value)
        except nhi.NhiError as error:
            assert error.code in nhi.ERROR_CODES and error.code != "internal", (name, error)
            assert isinstance(error, nhi.ERROR_CODES[error.code])
            refused += 1
    assert refused > len(STRANGE) // 3


def test_the_sweep_calls_everything():
    swept = {name.split(" ")[0] for name in calls()}
    public = {name for name in nhi.__all__ if callable(getattr(nhi, name)) and not name.endswith("Error")}
    without_argument = {"Stream", "Stream.finish", "Pepper.expose_file", "Baseline.save", "Lifecycle.states", "Lifecycle.outstanding",
                        "Lifecycle.next_deadline", "Ledger.head", "Ledger.lines", "Ledger.take", "Inventory",
                        "Inventory.credentials", "Inventory.identities", "Inventory.owners", "Inventory.sightings",
                        "Inventory.ambiguities", "Inventory.save"}
    methods = {
        f"{name}.{method}"
        for name in public if isinstance(getattr(nhi, name), type)
        for method in vars(getattr(nhi, name))
        if not method.startswith("_") and callable(getattr(getattr(nhi, name), method))
    }
    assert len(public) >= 11 and len(methods) >= 40
    assert public | methods == swept | without_argument


def test_wrong_types_are_type_errors_and_bad_values_value_errors():
    with pytest.raises(TypeError) as caught:
        nhi.Scanner().scan(None)
    assert str(caught.value) == "data: expected bytes, another buffer or str, found NoneType"
    with pytest.raises(ValueError, match="lone surrogate"):
        nhi.Scanner().scan("\ud800")
    with pytest.raises(ValueError, match="released"):
        nhi.Scanner().scan(closed_view())


def test_errors_name_the_field_and_what_was_expected():
    with pytest.raises(nhi.InvalidInputError, match=r"^activity\.asn: invalid type: a string, expected u32$"):
        nhi.Baseline().score({"time": 0, "asn": "x"})
    with pytest.raises(nhi.InvalidInputError, match=r"^activity\.azn: unknown field `azn`, expected one of"):
        nhi.Baseline().score({"time": 0, "azn": 1})
    with pytest.raises(nhi.InvalidInputError, match=r"^activities\[1\]\.asn: invalid value: integer `-1`, expected u32$"):
        nhi.Baseline().score([{"time": 0, "credential": "c"}, {"time": 0, "credential": "c", "asn": -1}])
    with pytest.raises(nhi.WrongTypeError, match="pepper: expected nhi.Pepper, found str"):
        nhi.Scanner(pepper="x")


def test_times_in_three_forms_are_one():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    forms = ["2026-01-01T00:00:00.123Z", 1767225600123, datetime.datetime(2026, 1, 1, 2, 0, 0, 123_999, zone)]
    told = [nhi.Baseline().peek({"time": form, "credential": "c"})["time"] for form in forms]
    assert told == ["2026-01-01T00:00:00.123Z"] * 3
    assert nhi.Baseline().close_epoch(forms[2])["day"] == 20454
    with pytest.raises(nhi.InvalidInputError, match="no time zone") as caught:
        nhi.Lifecycle().tick(datetime.datetime(2026, 1, 1))
    assert caught.value.code == "invalid_time"


def test_a_panic_becomes_an_exception(capfd):
    with pytest.raises(nhi.InternalError) as caught:
        nhi._nhi._panic()
    assert caught.value.code == "internal" and isinstance(caught.value, Exception)
    capfd.readouterr()


def test_errors_are_pickled_and_copied():
    try:
        nhi.Lifecycle().apply({"cmd_id": "1", "actor": "a", "credential": "c", "type": "Revoke", "cause": "cessation"}, 0)
    except nhi.RejectedError as error:
        rejected = error
    assert rejected.code == "rejected" and rejected.guard and rejected.needs
    for error in (rejected, nhi.StateError("state_corrupt", "x")):
        again = pickle.loads(pickle.dumps(copy.copy(error)))
        assert (type(again), again.code, str(again)) == (type(error), error.code, str(error))


def test_memory_stays_stable_over_many_calls(request):
    resource = pytest.importorskip("resource")
    scanner, baseline, authorizer = nhi.Scanner(), nhi.Baseline(), nhi.Authorizer()
    redactor = nhi.Redactor(scanner)
    data = f"GH={nhi.mint('github.personal-access-token-classic', 7)}"
    question = {"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}

    def calls_of_each(times):
        for _ in range(times):
            scanner.scan(data)
            redactor.redact(data)
            baseline.score({"time": 0, "credential": "c"})
            authorizer.authorize(question, 0)
            for bad in (None, "\ud800"):
                try:
                    scanner.scan(bad)
                except nhi.NhiError:
                    pass
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before, blocks = calls_of_each(500), sys.getallocatedblocks()
    after = calls_of_each(request.config.getoption("--calls") // 6)
    assert after - before < 4096, "resident memory grew by more than 4 MiB"
    assert sys.getallocatedblocks() - blocks < 500

"""Engines are shared between threads, and other threads run while one works."""

import sys
import threading
import time

import nhi
import pytest

HOUR = 3_600_000
TOKEN = nhi.mint("github.personal-access-token-classic", 7)


def run(*works):
    """Each in a thread of its own; what one raises is raised here."""
    raised = []

    def guarded(work):
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    if raised:
        raise raised[0]


def test_threads_share_a_scanner_and_a_redactor():
    scanner, data = nhi.Scanner(), (f"GH={TOKEN}\n" + "nothing to see here\n" * 2000).encode()
    redactor, expected = nhi.Redactor(scanner), scanner.scan(data)
    redacted, wrong = redactor.redact(data), []

    def work():
        for _ in range(20):
            wrong.extend([1] * (scanner.scan(data) != expected or redactor.redact(data) != redacted))

    run(*[work] * 8)
    assert expected and not wrong


def test_threads_share_a_baseline():
    baseline = nhi.Baseline()

    def work(name):
        for hour in range(200):
            baseline.score({"time": hour * HOUR, "credential": name})
            baseline.score([{"time": hour * HOUR, "credential": name + "-batch"}] * 3)

    run(*[lambda name=f"t{i}": work(name) for i in range(6)])
    alone = nhi.Baseline()
    for i in range(6):
        for hour in range(200):
            alone.score({"time": hour * HOUR, "credential": f"t{i}"})
            alone.score([{"time": hour * HOUR, "credential": f"t{i}-batch"}] * 3)
    assert baseline.save() == alone.save()


def test_threads_share_a_lifecycle_and_the_chain_holds():
    machine, ledger = nhi.Lifecycle(), []

    def work(name):
        for i in range(100):
            order = {"cmd_id": f"{name}-{i}", "actor": name, "credential": f"{name}/{i}", "type": "Register"}
            assert machine.apply(order, 0)["entries"]
            machine.state(order["credential"]), machine.tick(0), machine.ledger.head()

    def take():
        for _ in range(100):
            ledger.append(machine.ledger.take())

    run(take, *[lambda name=f"t{i}": work(name) for i in range(6)])
    ledger.append(machine.ledger.take())
    checked = nhi.Ledger.verify("".join(ledger), machine.ledger.head())
    assert checked["fault"] is None and checked["anchored"] and checked["entries"] >= 600
    assert len(machine.states()) == 600


def test_threads_share_an_inventory_and_a_stream():
    inventory, stream = nhi.Inventory(), nhi.Scanner().stream()

    def observe(name):
        record = {"id": f"aws:1/{name}/access-key", "identity": name, "issuer": "aws:1"}
        observation = {"record": {"credential": record}, "provenance": {"source": name, "observed_at": 0}}
        snapshot = {"source": name, "plane": "control_plane", "taken_at": 0, "completeness": "full"}
        for _ in range(20):
            inventory.observe(snapshot, [observation])
            inventory.drift(0), inventory.save()
            stream.push(b"nothing to see here\n")

    run(*[lambda name=f"t{i}": observe(name) for i in range(6)])
    assert len(inventory.credentials()) == 6
    found = [*stream.push(f"GH={TOKEN}".encode()), *stream.finish()]
    assert [f["start"] for f in found] == [6 * 20 * 20 + 3]


def long_calls():
    text = "user=svc action=read bytes=120 host=db7.corp.example\n" * 40_000
    data, scanner = text.encode(), nhi.Scanner()
    uses = [{"time": hour * HOUR, "credential": f"c{hour % 50}", "asn": 64500} for hour in range(5_000)]
    ledger, state = nhi.Ledger(), nhi.Baseline()
    event = nhi.Authorizer().authorize({"subject": {"type": "a", "id": "b"}, "action": {"name": "c"},
                                        "resource": {"type": "d", "id": "e"}}, 0)["event"]
    for i in range(300):
        ledger.record("c", str(i), "gateway", 0, event)
    state.score(uses[:500])
    lines, saved = ledger.lines(), state.save()
    owners = "kind,id,name,status\n" + "".join(f"team,t{i},Team {i},active\n" for i in range(3000))
    return {
        "scan": lambda: scanner.scan(data),
        "redact": lambda: nhi.Redactor(scanner).redact(text),
        "stream": lambda: scanner.stream().push(data),
        "score": lambda: nhi.Baseline().score(uses),
        "load": lambda: nhi.Baseline.load(saved),
        "verify": lambda: nhi.Ledger.verify(lines),
        "resume": lambda: nhi.Lifecycle(ledger=lines),
        "parse": lambda: nhi.parse("owners.csv", owners, 0),
        "assess": lambda: nhi.assess({"files": [{"name": "owners.csv", "bytes": owners}]}, 0),
    }


@pytest.mark.parametrize("name", long_calls())
def test_other_threads_run_during_a_long_call(name):
    call, ticks, stop = long_calls()[name], [0], threading.Event()

    def tick():
        while not stop.is_set():
            ticks[0] += 1
            time.sleep(0)

    other, interval = threading.Thread(target=tick), sys.getswitchinterval()
    # No thread is made to hand over: the other one runs only while the call lets it.
    sys.setswitchinterval(1000)
    try:
        other.start()
        while ticks[0] == 0:
            time.sleep(0.001)
        before, calls = ticks[0], 0
        # A short one may end before the other thread wakes.
        while ticks[0] == before and calls < 500:
            calls += 1
            call()
        after = ticks[0]
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        other.join()
    assert after > before

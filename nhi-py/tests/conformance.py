"""The conformance cases in Python: prints what nhi-core/vectors/README.md asks for.

    python conformance.py cases.tsv [--save DIR | --load DIR]
"""

import json
import re
import struct
import sys
from pathlib import Path

import nhi

kept = {}  # register -> object of the library, JSON or bytes
SAVED = ("inventory.save", "baseline.save", "lifecycle.ledger", "ledger.lines")
PLACEHOLDER = re.compile(r"\{(lf|hex|mint|repeat|keep)(?::([^}]*))?\}")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def filled(found):
    name, args = found[1], (found[2] or "").split(":")
    if name == "lf":
        return b"\n"
    if name == "hex":
        return bytes.fromhex(args[0])
    if name == "mint":
        return nhi.mint(args[0], *map(int, args[1:])).encode()
    if name == "repeat":
        return args[1].encode() * int(args[0])
    value = kept[args[0]]
    value = value if isinstance(value, bytes) else compact(value).encode()
    return value if len(args) == 1 else value[int(args[1]) : int(args[2]) if args[2] else None]


def data(cell):
    out, at = b"", 0
    for found in PLACEHOLDER.finditer(cell):
        out += cell[at : found.start()].encode() + filled(found)
        at = found.end()
    return out + cell[at:].encode()


def text(cell):
    return data(cell).decode()


def plain(cell):
    return json.loads(text(cell))


def given(cell, read):
    """What `read` makes of a cell; None if it is empty."""
    return read(cell) if cell else None


def numbers(value):
    """Numbers as they are printed: integers, else the bits."""
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(numbers, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact(key)}:{numbers(one)}" for key, one in value.items()) + "}"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) <= 2**53
        return str(int(value)) if whole else "0x" + struct.pack(">d", value).hex()
    return compact(value)


def printed(value, always):
    value = value.hex() if isinstance(value, bytes) else numbers(value)
    raw = value.encode()
    if len(raw) <= 2000 and not always:
        return value
    total = 0xCBF29CE484222325
    for byte in raw:
        total = (total ^ byte) * 0x100000001B3 % 2**64
    return f"long:{len(raw)}:{total:016x}"


def new(make):
    """An operation that prints nothing and keeps what it makes."""
    return lambda *args: (make(*args), None)


def shown(make):
    """An operation that keeps what it prints."""

    def run(*args):
        value = make(*args)
        return value, value

    return run


def told(machine, applied):
    return {"already": applied["already"], "seqs": applied["seqs"], "head": machine.ledger.head()}


def recorded(ledger, credential, decision, actor, at):
    record, event = decision["record"], decision["event"]
    ledger.record(text(credential), record["id"], text(actor), at, event)
    return ledger.head()


def authorize(a, request, now, lifecycle="", credential="", score="", pepper=""):
    state = kept[lifecycle].state(text(credential)) if lifecycle else None
    score, pepper = given(score, kept.get), given(pepper, kept.get)
    decision = a.authorize(plain(request), now, state=state, score=score, pepper=pepper)
    return decision, [decision["answer"], decision["record"]]


def assess(now, policy="", pepper="", *cells):
    inputs = {"files": []}
    for name, value in (cell.split("=", 1) for cell in cells):
        if name.startswith("file:"):
            _, completeness, name = name.split(":")
            inputs["files"].append({"name": name, "bytes": data(value), "completeness": completeness})
        else:
            inputs[name] = (data if name in ("ledger", "baseline") else plain)(value)
    return nhi.assess(inputs, now, policy=given(policy, plain), pepper=given(pepper, kept.get)), None


# In these, the first argument is the object in the register that the case names.
METHODS = {
    "pepper.expose_file": shown(lambda p: p.expose_file().encode()),
    "pepper.id": shown(lambda p: p.id),
    "pepper.fingerprint": shown(lambda p, secret="": p.fingerprint(data(secret))),
    "pepper.matches": shown(lambda p, print, secret="": p.matches(text(print), data(secret))),
    "scanner.scan": shown(lambda s, bytes="": s.scan(data(bytes))),
    "scanner.scan_file": shown(lambda s, path, bytes="": s.scan(data(bytes), text(path))),
    "scanner.stream": new(lambda s, path="": s.stream(given(path, text))),
    "stream.push": shown(lambda s, bytes="": s.push(data(bytes))),
    "stream.finish": shown(lambda s: s.finish()),
    "redactor.new": new(nhi.Redactor),
    "redactor.redact": shown(lambda r, bytes="": r.redact(data(bytes))),
    "inventory.observe": shown(lambda i, snapshot, seen: i.observe(plain(snapshot), plain(seen))),
    "inventory.observe_activities": new(lambda i, uses: i.observe_activities(plain(uses))),
    **{f"inventory.{name}": shown(lambda i, name=name: getattr(i, name)())
       for name in ("credentials", "identities", "owners", "sightings", "ambiguities", "save")},
    "inventory.resolve": shown(lambda i, key="": i.resolve(text(key))),
    "inventory.credential": shown(lambda i, key="": i.credential(text(key))),
    "inventory.drift": shown(lambda i, now: i.drift(now)),
    "inventory.plan": shown(lambda i, now: i.plan(now)),
    **{f"baseline.{name}": shown(lambda b, one, name=name: getattr(b, name)(plain(one)))
       for name in ("score", "peek", "closing_due")},
    "baseline.close_epoch": new(lambda b, at: b.close_epoch(at)),
    "baseline.set_budget": new(lambda b, budget: b.set_budget(float(budget))),
    "baseline.close_alert": shown(lambda b, subject, accept: b.close_alert(text(subject), accept == "true")),
    "baseline.alerts": shown(lambda b, subject: b.alerts(text(subject))),
    "baseline.thresholds": shown(lambda b, subject: b.thresholds(text(subject))),
    "baseline.len": shown(len),
    "baseline.save": shown(lambda b: b.save()),
    "baseline.merge_all": new(lambda *all: nhi.Baseline.merge_all([all[0], *map(kept.get, all[1:])])),
    "lifecycle.apply": shown(lambda l, command, now: told(l, l.apply(plain(command), now))),
    "lifecycle.tick": shown(lambda l, now: told(l, l.tick(now))),
    "lifecycle.state": shown(lambda l, credential="": l.state(text(credential))),
    "lifecycle.states": shown(lambda l: l.states()),
    "lifecycle.outstanding": shown(lambda l: l.outstanding()),
    "lifecycle.next_deadline": shown(lambda l: l.next_deadline()),
    "lifecycle.ledger": shown(lambda l: l.ledger.lines().encode()),
    "lifecycle.record": shown(lambda l, c, d, actor, at: recorded(l.ledger, c, kept[d], actor, at)),
    "ledger.head": shown(lambda l: l.head()),
    "ledger.lines": shown(lambda l: l.lines().encode()),
    "ledger.take": shown(lambda l: l.take().encode()),
    "ledger.record": shown(lambda l, c, d, actor, at: recorded(l, c, kept[d], actor, at)),
    "authorizer.authorize": authorize,
    "authorizer.replay": shown(lambda a, decision: a.replay(kept[decision]["record"])),
    "report.json": shown(lambda r: r["report"]),
    "report.baseline": shown(lambda r: r["baseline"]),
    **{f"report.{name}": shown(lambda r, name=name: r[name].encode())
       for name in ("markdown", "sarif", "terminal", "html", "ledger")},
}
FUNCTIONS = {
    "version": shown(lambda: nhi.__version__),
    "pepper.new": new(lambda key="": nhi.Pepper(data(key))),
    "pepper.parse": new(lambda file="": nhi.Pepper.parse(text(file))),
    "scanner.new": new(lambda off="", pepper="": nhi.Scanner(
        generic="generic" not in off, ignore_marks="ignore_marks" not in off, pepper=kept.get(pepper))),
    "inspect": shown(lambda bytes="", pepper="": nhi.inspect(data(bytes), kept.get(pepper))),
    "mint": shown(lambda rule, seed: nhi.mint(text(rule), int(seed)).encode()),
    "mint_shape": shown(lambda rule, shape, seed: nhi.mint(text(rule), int(seed), int(shape)).encode()),
    "detect": shown(lambda name, bytes="": nhi.detect(text(name), data(bytes))),
    "parse": shown(lambda name, bytes, at, adapter="", pepper="": nhi.parse(
        text(name), data(bytes), at, adapter=given(adapter, text), pepper=kept.get(pepper))),
    "inventory.new": new(nhi.Inventory),
    "inventory.load": new(lambda state="": nhi.Inventory.load(data(state))),
    "baseline.new": new(
        lambda budget="", seed="": nhi.Baseline(budget=given(budget, float), seed=given(seed, int))),
    "baseline.load": new(lambda state="": nhi.Baseline.load(data(state))),
    "lifecycle.new": new(lambda policy="": nhi.Lifecycle(given(policy, plain))),
    "lifecycle.resume": new(lambda policy, ledger: nhi.Lifecycle(given(policy, plain), ledger=data(ledger))),
    "lifecycle.answer": shown(
        lambda effect, actor, at, error="", evidence="", external_id="", print="": nhi.Lifecycle.answer(
            plain(effect), text(actor), at, error=given(error, text), evidence=given(evidence, text),
            external_id=given(external_id, text), fingerprint=given(print, text))),
    "ledger.new": new(nhi.Ledger),
    "ledger.after": new(lambda head: nhi.Ledger(plain(head))),
    "ledger.verify": shown(lambda lines="", head="": nhi.Ledger.verify(data(lines), given(head, plain))),
    "ledger.replay": shown(lambda lines="": nhi.Ledger.replay(data(lines))),
    "authorizer.new": new(lambda policy="": nhi.Authorizer(given(policy, plain))),
    "assess": assess,
}


def run(operation, keep, args, save, load):
    if operation in METHODS:
        value, shows = METHODS[operation](kept[args[0]], *args[1:])
    else:
        value, shows = FUNCTIONS[operation](*args)
    if keep and operation in SAVED:
        if save:
            (save / keep).write_bytes(value)
        value = (load / keep).read_bytes() if load else value
    if keep:
        kept[keep] = value
    return shows


def main(cases, way=None, folder="."):
    save, load = Path(folder) if way == "--save" else None, Path(folder) if way == "--load" else None
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for line in Path(cases).read_text(encoding="utf-8").split("\n"):
        if not line or line.startswith("#"):
            continue
        case, operation, keep, *args = (line + "\t" * max(0, 2 - line.count("\t"))).split("\t")
        try:
            print(case, "ok", printed(run(operation, keep, args, save, load), case.endswith("~")), sep="\t")
        except nhi.RejectedError as error:
            print(case, "rejected", error.guard, sep="\t")
        except nhi.NhiError as error:
            print(case, "err", error.code, sep="\t")


main(*sys.argv[1:])

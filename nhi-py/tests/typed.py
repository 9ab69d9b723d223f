"""The surface with types: checked by `mypy --strict`, never run."""

import datetime
from typing import Optional

import nhi
from nhi.records import Activity, Applied, Finding, Score

pepper: nhi.Pepper = nhi.Pepper.parse(nhi.Pepper(bytes(32)).expose_file())
scanner = nhi.Scanner(generic=False, ignore_marks=True, pepper=pepper)
found: list[Finding] = scanner.scan(memoryview(b""), path="a") + scanner.scan("")
text: str = nhi.Redactor(scanner).redact("x")
raw: bytes = nhi.Redactor(scanner).redact(bytearray())
rule: object = nhi.inspect(b"", pepper)["rule"]
decoy: str = nhi.mint("a.b", 1, shape=0)

activity: Activity = {"time": datetime.datetime.now(datetime.timezone.utc), "credential": "c", "asn": 1}
baseline = nhi.Baseline(budget=0.1, seed=1)
score: Score = baseline.score(activity)
scores: list[Score] = baseline.score([activity], close_epochs=True)
merged: nhi.Baseline = nhi.Baseline.merge_all([baseline, nhi.Baseline.load(baseline.save())])

machine = nhi.Lifecycle({"rotation_slack_ms": 1}, ledger=b"")
applied: Applied = machine.apply({"type": "Tick"}, "2026-01-01T00:00:00Z")
seqs: list[int] = applied["seqs"]
deadline: Optional[str] = machine.next_deadline()
for effect in machine.outstanding():
    answer = nhi.Lifecycle.answer(effect, "host", 0, evidence="204")
    if answer is not None:
        machine.apply(answer, 0)
head = machine.ledger.head()
holds: bool = nhi.Ledger.verify(machine.ledger.take(), head)["fault"] is None

inventory = nhi.Inventory()
inventory.observe({"source": "s", "plane": "declared", "taken_at": 0, "completeness": "full"}, [])
steps = inventory.plan(0)
decided = nhi.Authorizer().authorize({}, 0, state=machine.state("c"), score=score, pepper=pepper)
assessment = nhi.assess({"files": [{"name": "a", "bytes": b""}], "findings": found}, 0, policy={}, pepper=pepper)
report: str = assessment["markdown"]

try:
    pass
except nhi.RejectedError as error:
    needs: tuple[str, str, str] = (error.code, error.guard, error.needs)

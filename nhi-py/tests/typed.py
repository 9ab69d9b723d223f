"""The surface with types: checked by `mypy --strict`, never run. A test holds that nothing is left out."""

import datetime
import mmap
from typing import Optional

import nhi
from nhi.records import (
    Activity,
    Applied,
    Assessment,
    Authorization,
    Checkpoint,
    Detection,
    Effect,
    Entry,
    Epoch,
    Finding,
    Json,
    Parsed,
    Score,
    Verification,
)

pepper: nhi.Pepper = nhi.Pepper.parse(nhi.Pepper(bytes(32)).expose_file())
pepper_id: str = pepper.id
same: bool = pepper.matches(pepper.fingerprint("a"), b"a")
scanner = nhi.Scanner(generic=False, ignore_marks=True, pepper=pepper)
found: list[Finding] = scanner.scan(memoryview(b""), path="a") + scanner.scan("")
stream: nhi.Stream = scanner.stream("a")
found += stream.push(mmap.mmap(-1, 1)) + stream.finish()
text: str = nhi.Redactor(scanner).redact("x")
raw: bytes = nhi.Redactor(scanner).redact(bytearray())
rule: object = nhi.inspect(b"", pepper)["rule"]
decoy: str = nhi.mint("a.b", 1, shape=0)
known: list[Detection] = nhi.detect("a", b"")
parsed: Parsed = nhi.parse("a", "", 0, pepper=pepper, adapter="owners")

activity: Activity = {"time": datetime.datetime.now(datetime.timezone.utc), "credential": "c", "asn": 1}
baseline = nhi.Baseline(budget=0.1, seed=1)
score: Score = baseline.score(activity)
scores: list[Score] = baseline.score([activity], close_epochs=True)
looked: Score = baseline.peek(activity)
epoch: Epoch = baseline.close_epoch(0 if baseline.closing_due(activity) else "2026-01-01T00:00:00Z")
baseline.set_budget(1)
open_alert: bool = baseline.close_alert("/c", accept=True)
alerts: Optional[int] = baseline.alerts("/c")
limits: Optional[tuple[float, float]] = baseline.thresholds("/c")
subjects: int = len(baseline)
merged: nhi.Baseline = nhi.Baseline.merge_all([baseline, nhi.Baseline.load(baseline.save())])

machine = nhi.Lifecycle({"rotation_slack_ms": 1}, ledger=b"")
applied: Applied = machine.apply({"type": "Tick"}, "2026-01-01T00:00:00Z")
seqs: list[int] = machine.tick(0)["seqs"] + applied["seqs"]
state: Optional[Json] = machine.state("c")
states: dict[str, Json] = machine.states()
deadline: Optional[str] = machine.next_deadline()
effects: list[Effect] = machine.outstanding()
for effect in effects:
    answer = nhi.Lifecycle.answer(effect, "host", 0, evidence="204")
    if answer is not None:
        machine.apply(answer, 0)
ledger: nhi.Ledger = machine.ledger
head: Checkpoint = ledger.head()
verified: Verification = nhi.Ledger.verify(ledger.take() + ledger.lines(), head)
entry: Entry = nhi.Ledger(head).record("c", "1", "a", 0, {})
told: dict[str, Json] = nhi.Ledger.replay(entry["line"])

inventory = nhi.Inventory.load(nhi.Inventory().save())
inventory.observe({"source": "s", "plane": "declared", "taken_at": 0, "completeness": "full"}, parsed["items"])
inventory.observe_activities([activity])
records: list[Json] = inventory.credentials() + inventory.identities() + inventory.owners() + inventory.sightings()
refused: list[Json] = inventory.ambiguities()
who: Optional[str] = inventory.resolve("c")
record: Optional[Json] = inventory.credential("c")
steps: list[Json] = inventory.drift(0) + inventory.plan(0)
authorizer = nhi.Authorizer()
decided: Authorization = authorizer.authorize({}, 0, state=state, score=score, pepper=pepper)
replayed = authorizer.replay(decided["record"])
assessment: Assessment = nhi.assess(
    {"files": [{"name": "a", "bytes": b""}], "findings": found}, 0, policy={}, pepper=pepper
)
page: str = assessment["html"]
report: str = assessment["markdown"] + assessment["sarif"] + assessment["terminal"] + assessment["ledger"]
saved: bytes = assessment["baseline"]
codes: dict[str, type[nhi.NhiError]] = nhi.ERROR_CODES
version: str = nhi.__version__

try:
    pass
except nhi.RejectedError as error:
    needs: tuple[str, str, str] = (error.code, error.guard, error.needs)
except (nhi.StateError, nhi.InternalError, nhi.WrongTypeError, nhi.InvalidInputError) as failed:
    code: str = failed.code

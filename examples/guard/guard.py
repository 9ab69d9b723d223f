"""The embedder's main job: a request comes in; which credential, in what state, how unusual, may it pass?

`Gate.guard` is what to copy; it mirrors `../guard.rs`. The rest sets the scene with minted tokens and thirty days of
ordinary calls. Nothing is read or written; only the microseconds differ from run to run.
"""

import datetime
import time
from typing import Optional

import nhi

NOW = datetime.datetime(2026, 11, 2, 10, 15, tzinfo=datetime.timezone.utc)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


class Gate:
    """What a gateway holds."""

    def __init__(self, keys: dict[str, str]) -> None:
        # A host draws its pepper at random, once, and keeps it.
        self.pepper = nhi.Pepper(bytes([42] * 32))
        # Requests come from others: marks in them that ask not to be looked at count for nothing.
        self.scanner = nhi.Scanner(generic=False, ignore_marks=False, pepper=self.pepper)
        self.redactor = nhi.Redactor(self.scanner)
        self.inventory, self.lifecycle = nhi.Inventory(), nhi.Lifecycle()
        self.baseline, self.authorizer = nhi.Baseline(), nhi.Authorizer()
        set_up(self, keys)

    def guard(self, request: bytes, asn: int, now: datetime.datetime) -> dict:
        """Decides on one request: its bytes, the network it came from, and the time."""
        watch = Stopwatch()
        # Which credential? The scanner finds the secret, its fingerprint finds the record.
        fingerprint = next((f["fingerprint"] for f in self.scanner.scan(request) if "fingerprint" in f), None)
        who = fingerprint and self.inventory.resolve(fingerprint) or "unknown"
        watch.lap("credential", who)
        # In what state?
        state = self.lifecycle.state(who)
        version = next((v for v in state["versions"] if v["fingerprint"] == fingerprint), None) if state else None
        watch.lap("state", version["state"]["state"] if version else "none")
        # How unusual? A look only: what is refused must not be learned.
        call = activity(request, who, asn, now)
        score = self.baseline.peek(call) if state else None
        watch.lap("score", f"{score['score']:.1f}" if score else "none")
        # May it pass?
        decision = self.authorizer.authorize(question(call, fingerprint), now, state=state, score=score)
        answer = decision["answer"]
        watch.lap("decision", in_words(answer))
        if answer["decision"]:
            self.baseline.score(call)
        # What is logged, and what can be proved later.
        line = self.redactor.redact(request).decode().rstrip()
        watch.lap("log", line.replace("\r\n", " | "))
        entry = self.lifecycle.ledger.record(who, decision["record"]["id"], "gateway", now, decision["event"])
        watch.lap("ledger", f"entry {entry['seq']} {entry['hash'][:16]}")
        return answer


def activity(request: bytes, who: str, asn: int, now: datetime.datetime) -> dict:
    """What the request does, in the words of a log record."""
    lines = request.decode().split("\r\n")
    method, path = lines[0].split(" ")[:2]
    fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    return {"time": now, "credential": who, "action": f"api:{method}", "destination": path, "asn": asn,
            "purpose": fields.get("X-Purpose")}


def question(call: dict, fingerprint: Optional[str]) -> dict:
    """What is asked of the authorizer, in AuthZEN's form."""
    return {"subject": {"type": "workload", "id": "unknown", "properties": {"fingerprint": fingerprint}},
            "action": {"name": call["action"]}, "resource": {"type": "path", "id": call["destination"]},
            "context": {"purpose": call["purpose"]}}


def in_words(answer: dict) -> str:
    told = answer["context"]["nhi"]
    why = "; ".join(reason["text"] for reason in told["reasons"])
    return f"{told['outcome']}: {why}" if why else told["outcome"]


def set_up(gate: Gate, keys: dict[str, str]) -> None:
    """An inventory and a lifecycle that know two keys, one of them revoked, and thirty days of ordinary calls."""
    observations = []
    for name, token in keys.items():
        who, fingerprint = f"gitlab:corp/{name}/personal_token", gate.pepper.fingerprint(token)
        order = {"cmd_id": f"register-{name}", "actor": "setup", "credential": who, "type": "Register",
                 "kind": "personal_token", "purpose": "release", "owners": [{"kind": "team", "id": "platform"}],
                 "versions": [{"fingerprint": fingerprint}]}
        gate.lifecycle.apply(order, NOW - 31 * DAY)
        if name == "old-bot":
            gate.lifecycle.apply({"cmd_id": "revoke", "actor": "ann", "credential": who, "type": "Revoke",
                                  "cause": "cessation"}, NOW - 31 * DAY)
        record = {"id": who, "identity": name, "issuer": "gitlab:corp", "fingerprint": fingerprint}
        observations.append({"record": {"credential": record},
                             "provenance": {"source": "gitlab", "observed_at": NOW}})
    snapshot = {"source": "gitlab", "plane": "control_plane", "taken_at": NOW, "completeness": "full"}
    gate.inventory.observe(snapshot, observations)
    calls = [
        {"time": NOW - hour * HOUR + datetime.timedelta(seconds=hour % 7 * 40), "id": str(hour), "asn": 64500,
         "credential": "gitlab:corp/release-bot/personal_token", "action": "api:GET",
         "destination": "/api/v4/projects/7/releases"}
        for hour in range(30 * 24, 0, -1) if 8 <= (34 - hour % 24) % 24 < 18
    ]
    gate.baseline.score(calls, close_epochs=True)
    gate.baseline.close_epoch(NOW)


class Stopwatch:
    """Prints each stage with the microseconds since the one before; printing is not counted."""

    def __init__(self) -> None:
        self.since = time.perf_counter()

    def lap(self, stage: str, text: str) -> None:
        print(f"  {stage:<10} {(time.perf_counter() - self.since) * 1e6:>6.1f} us  {text}")
        self.since = time.perf_counter()


def main() -> list[dict]:
    live, revoked = (nhi.mint("gitlab.personal-access-token", seed) for seed in (7, 8))
    gate = Gate({"release-bot": live, "old-bot": revoked})
    usual = "GET /api/v4/projects/7/releases"
    answers = []
    for what, token, line, purpose, asn in [
        ("the usual call", live, usual, "release", 64500),
        ("another purpose", live, usual, "reporting", 64500),
        ("stolen: a new network, another verb and place", live, "DELETE /api/v4/users", "release", 64666),
        ("a key used after its revocation was ordered", revoked, usual, "release", 64500),
        ("no key at all", None, usual, "release", 64500),
    ]:
        print(f"\n{what}")
        auth = f"Authorization: Bearer {token}\r\n" if token else ""
        request = f"{line} HTTP/1.1\r\nHost: git.corp.example\r\nX-Purpose: {purpose}\r\n{auth}\r\n"
        answers.append(gate.guard(request.encode(), asn, NOW))
    ledger = gate.lifecycle.ledger
    checked = nhi.Ledger.verify(ledger.lines(), ledger.head())
    print(f"\nledger: {checked['entries']} entries, {'BROKEN' if checked['fault'] else 'chain verified'}")
    return answers


if __name__ == "__main__":
    main()

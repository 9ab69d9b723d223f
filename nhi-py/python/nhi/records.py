"""Shapes of the records, for type checkers. At run time they are plain dicts.

A fact is ``{"known": value}``, ``{"absent": True}`` or ``{"unknown": why}``.
"""

from __future__ import annotations

import datetime
import sys
from typing import Any, TypedDict, Union

if sys.version_info >= (3, 12):
    from collections.abc import Buffer
else:
    import array
    import mmap

    # What has a buffer, as far as a type checker can name it before Python 3.12.
    Buffer = Union[bytes, bytearray, memoryview, "array.array[Any]", mmap.mmap]

Data = Union[Buffer, str]
Time = Union[datetime.datetime, str, int]
Json = dict[str, Any]


class Reason(TypedDict):
    code: str
    text: str


class Part(TypedDict):
    kind: str
    start: int
    end: int
    preview: str


class Alternative(TypedDict):
    rule: str
    provider: str
    kind: str


class _Finding(TypedDict):
    v: int
    rule: str
    provider: str
    kind: str
    credential_kind: str
    confidence: float
    level: str
    start: int
    end: int
    line: int
    column: int
    preview: str
    reasons: list[Reason]
    attributes: dict[str, Json]
    decoded: list[str]
    parts: list[Part]
    alternatives: list[Alternative]


class Finding(_Finding, total=False):
    path: str
    fingerprint: str


class _Activity(TypedDict):
    time: Time
    credential: str


class Activity(_Activity, total=False):
    id: str
    tenant: str
    identity: str
    workload: str
    role: str
    group: str
    ephemeral: bool
    purpose: str
    task: str
    action: str
    destination: str
    account: str
    region: str
    asn: int
    source_ip: str
    country: str
    user_agent: str
    bytes: int
    tokens: int
    sensitivity: int
    outcome: str
    session: str
    context: list[str]


class ScoreReason(TypedDict):
    dimension: str
    surprisal: float
    text: str


class Score(TypedDict):
    subject: str
    time: str
    score: float
    alert: bool
    band: str
    trust: str
    flags: list[str]
    reasons: list[ScoreReason]


class Epoch(TypedDict):
    number: int
    day: Union[int, None]
    budget: float


class Checkpoint(TypedDict):
    seq: int
    hash: str


class Fault(TypedDict):
    line: int
    seq: int
    code: str
    text: str


class Verification(TypedDict):
    entries: int
    head: Checkpoint
    fault: Union[Fault, None]
    anchored: bool


class Entry(TypedDict):
    seq: int
    at: str
    cmd_id: str
    actor: str
    credential: str
    event: Json
    prev_hash: str
    hash: str
    line: str


class Applied(TypedDict):
    entries: list[Entry]
    seqs: list[int]
    already: bool


class Effect(TypedDict):
    id: str
    credential: str
    work: Json


class Snapshot(TypedDict):
    source: str
    plane: str
    taken_at: Time
    completeness: str


class Authorization(TypedDict):
    answer: Json
    record: Json
    event: Json


class Detection(TypedDict):
    adapter: str
    confidence: int
    why: str


class Parsed(TypedDict):
    adapter: str
    plane: str
    lists: bool
    taken_at: Union[str, None]
    issuer: Union[str, None]
    items: list[Json]
    problems: list[Json]
    rows: int


class _File(TypedDict):
    name: str
    bytes: Data


class File(_File, total=False):
    completeness: str


class Inputs(TypedDict, total=False):
    files: list[File]
    findings: list[Finding]
    searched: bool
    activities: list[Activity]
    records: list[Json]
    commands: list[Json]
    ledger: Data
    checkpoint: Checkpoint
    baseline: Buffer
    problems: list[Json]


class Assessment(TypedDict):
    report: Json
    ledger: str
    baseline: bytes
    html: str
    markdown: str
    sarif: str
    terminal: str

"""The reference of the Python interface. Every call raises ``NhiError`` and nothing else for any value given;
below, *Raises* names the codes that depend on content. ``TypeError`` is left to calls with missing or unknown
arguments."""

from collections.abc import Sequence
from typing import final, overload

from nhi.records import (
    Activity,
    Applied,
    Assessment,
    Authorization,
    Buffer,
    Checkpoint,
    Data,
    Detection,
    Effect,
    Entry,
    Epoch,
    Finding,
    Inputs,
    Json,
    Parsed,
    Score,
    Snapshot,
    Time,
    Verification,
)

__VERSION__: str

@final
class Pepper:
    """The host's key for fingerprints, with the previous one during a rotation. Not picklable."""

    @property
    def id(self) -> str:
        """First 8 hex digits of SHA-256 over ``"nhi-pepper-id"`` and the key."""

    def __new__(cls, key: Buffer) -> Pepper:
        """A pepper from 32 bytes that the host drew at random.

        Raises:
            NhiError: ``invalid_pepper`` for any other number of bytes.
        """

    @staticmethod
    def parse(file: str) -> Pepper:
        """Reads the file form. Raises ``invalid_pepper``."""

    def expose_file(self) -> str:
        """The file form: the one place where the key is given out, for the host to store."""

    def fingerprint(self, secret: Data) -> str:
        """Keyed digest of a secret's exact bytes (UTF-8 of a ``str``)."""

    def matches(self, fingerprint: str, secret: Data) -> bool:
        """Whether ``fingerprint`` was made of ``secret``, under the current or the previous pepper."""

@final
class Scanner:
    """Finds credentials in bytes and texts. Immutable, shared between threads, picklable without a pepper."""

    def __new__(
        cls, *, generic: bool | None = None, ignore_marks: bool | None = None, pepper: Pepper | None = None
    ) -> Scanner:
        """A scanner over the whole catalogue.

        Args:
            generic: Whether secrets without a shape of their own are looked for in assignments. Default: True.
            ignore_marks: Whether a line with an ignore mark gives no findings. Default: True.
            pepper: Key for fingerprints. Without one, findings have none.
        """

    def scan(self, data: Data, path: str | None = None) -> list[Finding]:
        """Every credential in ``data``, sorted by start.

        ``start`` and ``end`` count bytes for bytes-like data and characters for ``str``. ``line`` and ``column``
        count from 1; ``column`` counts bytes, for ``str`` those of its UTF-8. Other threads run during long scans.

        Args:
            path: Where the data came from: it is set in the findings, and is context.

        Raises:
            NhiError: ``invalid_argument`` for a lone surrogate or a released memoryview.
        """

    def stream(self, path: str | None = None) -> Stream:
        """Starts a scan of bytes that arrive in pieces. Any cutting gives the findings of ``scan`` on the whole."""

@final
class Stream:
    """A scan of bytes that arrive in pieces. Keeps a window of a few hundred kilobytes, wiped at its end.

    Made by ``Scanner.stream``. Shared between threads, whose pieces are taken in the order of the calls.
    """

    def push(self, data: Buffer) -> list[Finding]:
        """Takes the next piece and gives the findings that no later piece can change.

        Positions count bytes from the first piece on. A text is not taken: encode it.

        Raises:
            NhiError: ``invalid_argument`` after ``finish``.
        """

    def finish(self) -> list[Finding]:
        """Ends the input and gives the remaining findings. Raises ``invalid_argument`` the second time."""

@final
class Redactor:
    """Takes credentials out of bytes and texts."""

    def __new__(cls, scanner: Scanner) -> Redactor:
        """Build the scanner with ``ignore_marks=False`` if the data comes from others: else it could ask not to
        be redacted."""

    @overload
    def redact(self, data: str) -> str: ...
    @overload
    def redact(self, data: Buffer) -> bytes:
        """``data`` with every finding of level medium or high replaced by its preview."""

def inspect(token: Data, pepper: Pepper | None = None) -> Json:
    """Explains one token, offline and without repeating it: what it is, whose, until when, how to revoke it."""

def mint(rule: str, seed: int, shape: int | None = None) -> str:
    """A decoy: a text of a rule's shape with valid checksums that opens nothing. The same for the same seed.

    Raises:
        NhiError: ``invalid_argument`` if the catalogue has no such rule or shape, or the seed is beyond 64 bits.
    """

def detect(name: str, data: Data) -> list[Detection]:
    """Which adapters know the shape of an export or a log, best first. ``name`` is a hint only."""

def parse(
    name: str, data: Data, read_at: Time, *, pepper: Pepper | None = None, adapter: str | None = None
) -> Parsed:
    """Reads an export or a log of another system: what could be read, and beside it what could not.

    Args:
        name: For provenance and problems; a hint for detection.
        read_at: Stands in where the export carries no time.
        pepper: Secrets met are fingerprinted under it, and dropped in any case.
        adapter: Id of the one to use. Default: the best one that ``detect`` gives.

    Raises:
        NhiError: ``unreadable`` if no adapter knows the bytes or the container is broken; ``input_too_large``;
            ``invalid_argument`` for an unknown adapter.
    """

@final
class Baseline:
    """What is normal for a credential, and how far one activity is from it. Picklable, shared between threads."""

    def __new__(cls, *, budget: float | None = None, seed: int | None = None) -> Baseline:
        """An empty baseline.

        Args:
            budget: False alerts per identity-week to aim at, 1e-6 to 1e6. Default: 0.1.
            seed: Seed of the hashes under which names are kept. Baselines merge only under one seed.
        """

    @overload
    def score(self, activity: Activity, *, close_epochs: bool | None = None) -> Score: ...
    @overload
    def score(self, activity: Sequence[Activity], *, close_epochs: bool | None = None) -> list[Score]:
        """Scores an activity, or a list of them in order, and learns from it.

        A list is read whole before the first is learned; other threads run meanwhile.

        Args:
            close_epochs: Close the epoch whenever an activity begins a new UTC day. Default: False.

        Raises:
            NhiError: ``invalid_json`` names the field; ``invalid_argument`` if the tenant holds a ``/``;
                ``input_too_large`` for too many subjects. What stood before it in a list was learned then.
        """

    def peek(self, activity: Activity) -> Score:
        """Scores and learns nothing: for a decision before the call is made."""

    def closing_due(self, activity: Activity) -> bool:
        """Whether the activity belongs to a later UTC day than the epoch was closed for."""

    def close_epoch(self, at: Time) -> Epoch:
        """Makes and adopts the next epoch; ``at`` is any time of the UTC day that begins."""

    def set_budget(self, budget: float) -> None:
        """Changes the alert budget, 1e-6 to 1e6. Thresholds follow at once, a tenant's controller at the next epoch."""

    def close_alert(self, subject: str, accept: bool) -> bool:
        """Closes the open alert of a subject; ``accept`` says that what was seen was right. Whether it is known."""

    def alerts(self, subject: str) -> int | None:
        """Alerts counted for a subject, once an hour; None if it is unknown."""

    def thresholds(self, subject: str) -> tuple[float, float] | None:
        """Scores from which an activity of the subject is notable, and severe; None if it is unknown."""

    def save(self) -> bytes:
        """The whole state, the same bytes in every language."""

    @staticmethod
    def load(state: Buffer) -> Baseline:
        """Reads what ``save`` wrote, in any language. Raises ``state_version`` or ``state_corrupt``."""

    @staticmethod
    def merge_all(baselines: Sequence[Baseline]) -> Baseline:
        """One baseline of several shards, in any order. Raises ``invalid_argument`` if their seeds differ."""

    def __len__(self) -> int:
        """Number of subjects."""

    def __bool__(self) -> bool:
        """True, also without subjects."""

@final
class Lifecycle:
    """The state of many credentials, and the ledger of what happened. Shared between threads, not picklable."""

    def __new__(cls, policy: Json | None = None, *, ledger: Data | None = None) -> Lifecycle:
        """No credentials; or goes on after a ledger, whose lines stay with the host.

        Raises:
            NhiError: ``invalid_json`` or ``invalid_argument`` name a field of the policy; ``unreadable`` the first
                fault of the ledger.
        """

    def apply(self, command: Json, now: Time) -> Applied:
        """Applies a command. Store the entries before doing any effect.

        Raises:
            RejectedError: with the ``guard`` that refuses, what it found and what it ``needs``.
            NhiError: ``invalid_json`` names the field that is missing or wrong.
        """

    def tick(self, now: Time) -> Applied:
        """Runs every timer that is due. Early and repeated ticks do nothing."""

    def state(self, credential: str) -> Json | None:
        """The state of a credential; None if it is unknown."""

    def states(self) -> dict[str, Json]:
        """All states, by id."""

    def outstanding(self) -> list[Effect]:
        """The work that the host still owes."""

    @staticmethod
    def answer(
        effect: Effect,
        actor: str,
        at: Time,
        *,
        error: str | None = None,
        evidence: str | None = None,
        external_id: str | None = None,
        fingerprint: str | None = None,
    ) -> Json | None:
        """The command that brings an outcome back; None if the work failed and somebody must do it."""

    def next_deadline(self) -> str | None:
        """When something happens next by itself. May change after any call."""

    @property
    def ledger(self) -> Ledger:
        """The ledger: a view, not a copy."""

@final
class Ledger:
    """A chain of lines that shows any later change."""

    def __new__(cls, after: Checkpoint | None = None) -> Ledger:
        """A chain of its own, after a checkpoint if the lines before are elsewhere."""

    def head(self) -> Checkpoint:
        """The last entry's number and hash: what to sign or anchor outside."""

    def lines(self) -> str:
        """The lines since the last ``take``, or all."""

    def take(self) -> str:
        """Gives the lines to the host, which stores them, and keeps the head only."""

    def record(self, credential: str, cmd_id: str, actor: str, at: Time, event: Json) -> Entry:
        """Adds a decision about one call (``event`` of ``Authorizer.authorize``)."""

    @staticmethod
    def verify(lines: Data, checkpoint: Checkpoint | None = None) -> Verification:
        """Checks a ledger from its first entry. Without a checkpoint a cut tail does not show."""

    @staticmethod
    def replay(lines: Data) -> dict[str, Json]:
        """The states that a ledger tells. Raises ``unreadable`` with the first fault."""

@final
class Inventory:
    """One record of each identity and credential, from many sources that disagree. Picklable."""

    def __new__(cls) -> Inventory: ...
    def observe(self, snapshot: Snapshot, observations: Sequence[Json]) -> Json:
        """Observes one snapshot: it replaces an older one of the same source."""

    def observe_activities(self, activities: Sequence[Activity]) -> None:
        """Folds activities into the usage of their credentials: last use, workloads, networks."""

    def credentials(self) -> list[Json]:
        """The credentials, by id, with conflicts and where inherited fields come from."""

    def identities(self) -> list[Json]:
        """The identities, by id."""

    def owners(self) -> list[Json]:
        """The owners directory, by kind and id."""

    def sightings(self) -> list[Json]:
        """The sightings, and the credential that each is of."""

    def ambiguities(self) -> list[Json]:
        """Every merge that was refused."""

    def resolve(self, key: str) -> str | None:
        """Id of the credential that is known under an id, an external id, or a fingerprint."""

    def credential(self, key: str) -> Json | None:
        """A credential by anything that ``resolve`` knows."""

    def drift(self, now: Time) -> list[Json]:
        """The disagreements between planes, by credential and kind."""

    def plan(self, now: Time) -> list[Json]:
        """What to do about the drift, most urgent first: data, nothing is done."""

    def save(self) -> bytes:
        """The whole state, the same bytes in every language."""

    @staticmethod
    def load(state: Buffer) -> Inventory:
        """Reads what ``save`` wrote, in any language. Raises ``state_version`` or ``state_corrupt``."""

@final
class Authorizer:
    """Whether a call may go through. Immutable, shared between threads, picklable."""

    def __new__(cls, policy: Json | None = None) -> Authorizer:
        """Raises ``invalid_json`` or ``invalid_argument`` naming the field of the policy."""

    def authorize(
        self,
        request: Json,
        now: Time,
        *,
        state: Json | None = None,
        score: Score | None = None,
        pepper: Pepper | None = None,
    ) -> Authorization:
        """Decides on one request.

        Args:
            request: In AuthZEN's form (Authorization API 1.0). A raw token in it is fingerprinted under ``pepper``
                and kept nowhere.
            state: Of the credential, from ``Lifecycle.state``.
            score: Of the call, from ``Baseline.peek`` or ``score``.

        Returns:
            ``answer`` to send back in AuthZEN's form, ``record`` to keep for ``replay``, ``event`` for the ledger.

        Raises:
            NhiError: ``invalid_argument`` or ``invalid_json`` names the field; ``input_too_large``.
        """

    def replay(self, stored: Json) -> str | Json:
        """Decides a stored ``record`` again: ``"same"``, ``"input_differs"``, ``"policy_differs"`` or what now."""

def assess(inputs: Inputs, now: Time, *, policy: Json | None = None, pepper: Pepper | None = None) -> Assessment:
    """The whole way in one call: exports, findings, activities, records and commands in, a report out.

    Returns:
        ``report``, the ``ledger`` and ``baseline`` to go on with, and the report as ``html`` (one page that
        needs no other file), ``markdown``, ``sarif`` and ``terminal`` text.

    Raises:
        NhiError: ``invalid_json`` or ``invalid_argument`` names the field; ``unreadable`` for a faulty ledger;
            ``state_corrupt`` or ``state_version`` for a faulty baseline.
    """

"""A security engine for non-human identities, without I/O.

Engines are objects, records are plain dicts. Times are given as aware ``datetime``, RFC 3339 ``str`` or ``int``
milliseconds since 1970 UTC, and come back as RFC 3339 ``str``. Every error is an ``NhiError`` with a stable ``code``.

>>> import nhi
>>> token = nhi.mint("github.personal-access-token-classic", 7)
>>> found = nhi.Scanner().scan(f"GH={token}")
>>> found[0]["rule"], found[0]["start"], found[0]["end"]
('github.personal-access-token-classic', 3, 43)
"""

from nhi._errors import (
    ERROR_CODES,
    InternalError,
    InvalidInputError,
    NhiError,
    RejectedError,
    StateError,
    WrongTypeError,
)
from nhi._nhi import (
    __VERSION__ as __version__,
    Authorizer,
    Baseline,
    Inventory,
    Ledger,
    Lifecycle,
    Pepper,
    Redactor,
    Scanner,
    Stream,
    assess,
    detect,
    inspect,
    mint,
    parse,
)

__all__ = [
    "ERROR_CODES",
    "Authorizer",
    "Baseline",
    "InternalError",
    "InvalidInputError",
    "Inventory",
    "Ledger",
    "Lifecycle",
    "NhiError",
    "Pepper",
    "Redactor",
    "RejectedError",
    "Scanner",
    "StateError",
    "Stream",
    "WrongTypeError",
    "__version__",
    "assess",
    "detect",
    "inspect",
    "mint",
    "parse",
]

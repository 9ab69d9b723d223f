"""The exceptions, all of them. Their codes are the same in every language.

    NhiError
    ├── InvalidInputError   (a ValueError)   something given cannot be used
    │   └── WrongTypeError  (a TypeError)    something given is of another type
    ├── StateError                           saved state is damaged or of another format
    ├── RejectedError                        a guard of the lifecycle refuses a command
    └── InternalError                        a defect of nhi

Texts name places, fields, sizes and types, never content.
"""

from __future__ import annotations

from typing import Any


class NhiError(Exception):
    """Why a call could not be done. Nothing was changed, unless the call says otherwise."""

    code: str

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


class InvalidInputError(NhiError, ValueError):
    """Something given cannot be used: too large, malformed, out of range."""


class WrongTypeError(InvalidInputError, TypeError):
    """Something given is of another type than expected."""


class StateError(NhiError):
    """Saved state is damaged, or was written in a format that this version cannot read."""


class RejectedError(NhiError):
    """A guard refuses the command. Timers that were due ran all the same."""

    def __init__(self, guard: str, text: str, needs: str) -> None:
        super().__init__("rejected", f"{guard}: {text}; needs {needs}")
        self.guard, self.found, self.needs = guard, text, needs

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.guard, self.found, self.needs)


class InternalError(NhiError):
    """A defect of nhi. The call was given up; the process is unharmed."""


ERROR_CODES: dict[str, type[NhiError]] = {
    "input_too_large": InvalidInputError,
    "internal": InternalError,
    "invalid_argument": InvalidInputError,
    "invalid_json": InvalidInputError,
    "invalid_pepper": InvalidInputError,
    "invalid_time": InvalidInputError,
    "not_canonical": InvalidInputError,
    "rejected": RejectedError,
    "state_corrupt": StateError,
    "state_version": StateError,
    "unreadable": InvalidInputError,
}


def error(code: str, text: str) -> NhiError:
    """The exception for a code."""
    return ERROR_CODES.get(code, NhiError)(code, text)

"""How a command ends: one number for scripts, one line for people. Nothing is printed here."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The exit statuses. They are part of the contract with scripts."""

    OK = 0
    FAILED = 1
    USAGE = 2
    LOGIN = 3
    NOT_FOUND = 4
    CONFLICT = 5
    UNAVAILABLE = 6
    PARTIAL = 7
    CANCELLED = 8
    INTERRUPTED = 130


MEANINGS: dict[Exit, str] = {
    Exit.OK: "done",
    Exit.FAILED: "it failed; also: a pinged device is offline, an imported row was refused, a job failed",
    Exit.USAGE: "wrong usage, a bad setting, or a value that the server refuses",
    Exit.LOGIN: "not logged in, or not allowed",
    Exit.NOT_FOUND: "no such thing",
    Exit.CONFLICT: "it is there already, or changed meanwhile, or a name means several",
    Exit.UNAVAILABLE: "the server cannot be reached or is too busy; try again later",
    Exit.PARTIAL: "a watched job succeeded with some of its devices and not with all",
    Exit.CANCELLED: "a watched job was cancelled",
    Exit.INTERRUPTED: "Ctrl-C; a watched job goes on",
}

# How a watched job ended, and what the command then ends with.
ENDINGS: dict[str, Exit] = {
    "succeeded": Exit.OK,
    "partial": Exit.PARTIAL,
    "failed": Exit.FAILED,
    "cancelled": Exit.CANCELLED,
}

_BY_CODE: dict[str, Exit] = {
    "VALIDATION_ERROR": Exit.USAGE,
    "INVALID_ID": Exit.USAGE,
    "INVALID_DEVICE": Exit.USAGE,
    "PAYLOAD_TOO_LARGE": Exit.USAGE,
    "UNAUTHORIZED": Exit.LOGIN,
    "FORBIDDEN": Exit.LOGIN,
    "NOT_FOUND": Exit.NOT_FOUND,
    "CONFLICT": Exit.CONFLICT,
    "DUPLICATE_IP": Exit.CONFLICT,
    "DUPLICATE_NAME": Exit.CONFLICT,
    "PRECONDITION_FAILED": Exit.CONFLICT,
    "RATE_LIMITED": Exit.UNAVAILABLE,
    "SERVICE_UNAVAILABLE": Exit.UNAVAILABLE,
}


def exit_of(code: str) -> Exit:
    """The exit status for an error code of the API; FAILED for those that have none of their own."""
    return _BY_CODE.get(code, Exit.FAILED)


class Stop(Exception):
    """Ends the command: `message` for people, `exit` for scripts, `details` is {field: [reasons]} or None."""

    def __init__(self, exit_status: Exit, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.exit = exit_status
        self.message = message
        self.details = details


class ApiError(Stop):
    """The server refused, with one of its codes."""

    def __init__(self, code: str, message: str, details: Any = None) -> None:
        super().__init__(exit_of(code), message, details)
        self.code = code

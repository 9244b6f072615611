"""Why a session failed, as one of the error classes: one table from exceptions to classes.

No sessions here, and no text of an exception of others goes on: it may repeat what a device or a credential
said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import paramiko
from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoTimeoutException,
    ReadException,
    ReadTimeout,
    WriteException,
)
from paramiko import ssh_exception


class Failed(Exception):
    """A session that comes to nothing: `error_class` for programs, a message without secrets for people."""

    def __init__(self, error_class: str, message: str) -> None:
        super().__init__(message)
        self.error_class = error_class


_CLOSED = "the device closed the session"


class HungUp(Failed):
    """The device has closed the session, and nothing of what it said is left to read."""

    def __init__(self) -> None:
        super().__init__("PROTOCOL", _CLOSED)


_SILENT = "the device did not answer in time"
NO_PROMPT = "the device does not show a prompt like those of its platform"
_HUNG_UP = r"EOF|shut down"

# The exception, what its text has (or None), the class, what people are told. The first that fits counts; an
# exception is looked at before those that it was raised from only after all of these.
_TABLE: tuple[tuple[type[BaseException], str | None, str, str], ...] = (
    (ssh_exception.BadHostKeyException, None, "HOST_KEY_CHANGED", "the device shows another host key"),
    (paramiko.AuthenticationException, r"timeout|timed out", "TIMEOUT", "no answer to the log-in in time"),
    (paramiko.AuthenticationException, _HUNG_UP, "PROTOCOL", "the device hung up during the log-in"),
    (paramiko.AuthenticationException, None, "AUTHENTICATION", "the device did not accept the credential"),
    (NetmikoAuthenticationException, None, "AUTHENTICATION", "the device did not accept the credential"),
    (
        ssh_exception.IncompatiblePeer,
        None,
        "PROTOCOL",
        "the device offers no key exchange, cipher or host key that is known here",
    ),
    (paramiko.SSHException, r"No existing session|[Tt]imeout|timed out", "TIMEOUT", _SILENT),
    (TimeoutError, None, "TIMEOUT", _SILENT),
    (ReadTimeout, None, "TIMEOUT", f"{_SILENT}, or {NO_PROMPT.removeprefix('the device ')}"),
    (EOFError, None, "PROTOCOL", _CLOSED),
    (ConnectionError, None, "PROTOCOL", _CLOSED),
    (paramiko.SSHException, None, "PROTOCOL", "the device spoke SSH otherwise than expected"),
    (ReadException, None, "PROTOCOL", _CLOSED),
    (WriteException, None, "PROTOCOL", _CLOSED),
    (OSError, r"closed", "PROTOCOL", _CLOSED),
    (ValueError, r"[Pp]rompt", "PROTOCOL", NO_PROMPT),
    (NetmikoTimeoutException, None, "TIMEOUT", _SILENT),
)


def failure(error: BaseException) -> Failed:
    """What an exception of a session means."""
    chain = list(_chain(error))
    for known in chain:
        if isinstance(known, Failed):
            return known
    for kind, pattern, error_class, told in _TABLE:
        for one in chain:
            if _is(one, kind) and (pattern is None or re.search(pattern, str(one))):
                return Failed(error_class, told)
    return Failed("INTERNAL", f"the session ended with an unexpected {type(error).__name__}")


def hung_up(error: BaseException) -> bool:
    """Whether an exception of a log-in comes of the device's closing the connection."""
    return any(
        isinstance(one, EOFError | ConnectionError)
        or (isinstance(one, paramiko.AuthenticationException) and re.search(_HUNG_UP, str(one)))
        for one in _chain(error)
    )


def _is(error: BaseException, kind: type[BaseException]) -> bool:
    """Netmiko's timeout is one of Paramiko's errors by its class, and says less than each of them."""
    return isinstance(error, kind) and (
        kind is NetmikoTimeoutException or not isinstance(error, NetmikoTimeoutException)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and those that it was raised from, which Netmiko's own classes hide."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

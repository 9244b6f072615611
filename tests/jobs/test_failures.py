"""What an exception of a session means, and that no text of others goes on with it."""

from __future__ import annotations

import paramiko
import pytest
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadTimeout

from netraven_jobs.failures import Failed, failure, hung_up


@pytest.mark.parametrize(
    ("error", "error_class"),
    [
        (paramiko.AuthenticationException("Authentication failed: hunter2"), "AUTHENTICATION"),
        (paramiko.AuthenticationException("Authentication timeout. hunter2"), "TIMEOUT"),
        (paramiko.AuthenticationException("unexpected EOF hunter2"), "PROTOCOL"),
        (NetmikoAuthenticationException("hunter2"), "AUTHENTICATION"),
        (ValueError("Router prompt not found: hunter2"), "PROTOCOL"),
        (paramiko.SSHException("No existing session hunter2"), "TIMEOUT"),
        (paramiko.SSHException("hunter2"), "PROTOCOL"),
        (ReadTimeout("Pattern not detected: hunter2"), "TIMEOUT"),
        (NetmikoTimeoutException("hunter2"), "TIMEOUT"),
        (TimeoutError("hunter2"), "TIMEOUT"),
        (EOFError("hunter2"), "PROTOCOL"),
        (ConnectionResetError("hunter2"), "PROTOCOL"),
        (OSError("Socket is closed hunter2"), "PROTOCOL"),
        (KeyError("hunter2"), "INTERNAL"),
        (OSError("hunter2"), "INTERNAL"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_exception_has_its_class_and_its_text_stays_here(error: Exception, error_class: str) -> None:
    told = failure(error)
    assert told.error_class == error_class
    assert str(told) and "hunter2" not in str(told)


def _raised(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def test_what_it_was_raised_from_tells_more_than_the_class_that_hides_it() -> None:
    hidden = _raised(NetmikoTimeoutException("no way"), paramiko.SSHException("what is this"))
    assert failure(hidden).error_class == "PROTOCOL"


def test_a_hang_up_is_told_from_the_other_failures_of_a_log_in() -> None:
    closed = paramiko.AuthenticationException("Authentication failed: transport shut down or saw EOF")
    for error in (closed, ConnectionResetError("reset"), EOFError("end")):
        assert hung_up(_raised(NetmikoAuthenticationException("no"), error))
    for error in (paramiko.AuthenticationException("Authentication timeout."), TimeoutError("late")):
        assert not hung_up(_raised(NetmikoAuthenticationException("no"), error))


def test_what_is_known_already_stays_as_it_is() -> None:
    known = Failed("REFUSED", "the device refused the connection")
    assert failure(_raised(RuntimeError("around it"), known)) is known


def test_exceptions_that_were_raised_from_each_other_come_to_an_end() -> None:
    one, other = RuntimeError("one"), RuntimeError("other")
    one.__cause__, other.__cause__ = other, one
    assert failure(one).error_class == "INTERNAL"

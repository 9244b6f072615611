"""Log-ins that were tried: kept once, counted exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_devices import attempts
from netraven_devices.attempts import Record
from tests.devices.conftest import START

Asked = Callable[..., BoundStore]


def tried(credential: str, ok: bool, at: int, device: str = "dev-1") -> Recorded:
    told = {
        "credential_id": credential,
        "device_id": device,
        "secret_version": 1,
        "outcome": "success" if ok else "failure",
        "at": at,
    }
    return Recorded("CredentialAttempted", 1, told)


def heard(core: Core, position: int, at: int, *events: Recorded) -> None:
    """One commit of the log that is followed has come."""
    commit = Commit(f"job-{position}", 1, events, position, at, {}, None, None, None, None)
    writer = core.generations.writer(core.generations.kept())
    attempts.put_attempts(writer, [commit])
    writer.flush()


@pytest.fixture
def told(core: Core) -> Core:
    """Four attempts at three times, one commit of two, and an event that is no attempt."""
    other = Recorded("JobStarted", 1, {"credential_id": "a"})
    heard(core, 1, START, tried("a", False, START), tried("b", True, START), other)
    heard(core, 2, START + 1000, tried("a", True, START + 1000))
    heard(core, 3, START + 2000, tried("a", False, START + 2000, "dev-2"))
    return core


def test_the_rate_is_exact_over_what_is_kept(told: Core, asked: Asked) -> None:
    assert attempts.records(asked(), ["a", "b", "c"]) == {
        "a": Record(3, 33.3, START + 2000),
        "b": Record(1, 100.0, START),
    }


def test_a_window_counts_only_what_is_in_it(told: Core, asked: Asked) -> None:
    assert attempts.records(asked(), ["a", "b"], START + 1000) == {"a": Record(2, 50.0, START + 2000)}
    assert attempts.records(asked(), ["a"], START + 2001) == {}


def test_a_commit_that_comes_again_counts_once(told: Core, asked: Asked) -> None:
    before = attempts.records(asked(), ["a", "b"])
    heard(told, 2, START + 1000, tried("a", True, START + 1000))
    assert attempts.records(asked(), ["a", "b"]) == before


def test_what_worked_last_is_known_for_each_device(told: Core, asked: Asked) -> None:
    heard(told, 4, START + 9000, tried("a", True, START + 9000, "dev-2"))
    assert attempts.succeeded_at(asked(), "dev-1") == {"a": START + 1000, "b": START}
    assert attempts.succeeded_at(asked(), "dev-2") == {"a": START + 9000}
    assert attempts.succeeded_at(asked(), "dev-3") == {}


def test_nothing_of_the_attempt_but_what_is_counted_is_kept(core: Core, asked: Asked) -> None:
    event: Any = tried("a", True, START)
    heard(core, 1, START, Recorded(event.type, 1, {**event.data, "note": "password hunter2"}))
    assert "hunter2" not in str(list(asked().collection(attempts.VIEW).find()))

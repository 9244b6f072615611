"""Log-ins that were tried: kept once, for as long as they count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_contracts.credentials import ATTEMPTS_KEPT_DAYS
from netraven_devices import attempts
from tests.devices.conftest import START, Ticks

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


def test_a_commit_that_comes_again_is_kept_once(told: Core, asked: Asked) -> None:
    heard(told, 2, START + 1000, tried("a", True, START + 1000))
    assert asked().collection(attempts.VIEW).count_documents({}) == 4


def test_what_worked_last_is_known_for_each_device(told: Core, asked: Asked) -> None:
    heard(told, 4, START + 9000, tried("a", True, START + 9000, "dev-2"))
    assert attempts.succeeded_at(asked(), "dev-1") == {"a": START + 1000, "b": START}
    assert attempts.succeeded_at(asked(), "dev-2") == {"a": START + 9000}
    assert attempts.succeeded_at(asked(), "dev-3") == {}


def test_nothing_of_the_attempt_but_what_is_counted_is_kept(core: Core, asked: Asked) -> None:
    event: Any = tried("a", True, START)
    heard(core, 1, START, Recorded(event.type, 1, {**event.data, "note": "password hunter2"}))
    assert "hunter2" not in str(list(asked().collection(attempts.VIEW).find()))


def test_what_worked_too_long_ago_is_forgotten(told: Core, asked: Asked, clock: Ticks) -> None:
    clock.time = START + ATTEMPTS_KEPT_DAYS * 86_400_000
    assert attempts.succeeded_at(asked(), "dev-1") == {"a": START + 1000}

"""Whatever a job type does, a report comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet
import pytest

from netraven_chassis import sealing
from netraven_jobs import carrying
from netraven_jobs.guard import Guard
from netraven_jobs.job_type import Result
from netraven_jobs.lockout import Limits
from netraven_jobs.session_context import CANCELLED, SessionContext, Surroundings
from tests.jobs.office import Office, device

KEY = sealing.make()
NOBODY: Any = None  # these types call no other service


@pytest.fixture
def given(office: Office) -> Callable[..., SessionContext]:
    """given(type, seconds, **options): a task in hand."""

    def make(kind: str = "lazy", limit: float = 5.0, **options: Any) -> SessionContext:
        job_id = office.begun([device(1)], kind, **{**NOTHING, **options})
        task = office.claims().take(office.rows(job_id)[0]["_id"])
        assert isinstance(task, dict)
        guard = Guard(office.database, Limits(3, 1000))
        return SessionContext(
            task, Surroundings(KEY, guard, office.lines, NOBODY, None, office.database), limit
        )

    return make


NOTHING = {"seconds": 0.0, "failing": "", "stumbling": "", "deadly": ""}


def test_what_a_type_says_is_reported(given: Callable[..., SessionContext]) -> None:
    told = carrying.carry_out([given(failing="sw-")])[0]
    assert (told["status"], told["error_class"], told["message"]) == ("failed", "TIMEOUT", "told to fail")
    assert told["duration_ms"] >= 0


def test_a_type_that_stumbles_fails_without_telling_its_secrets(given: Callable[..., SessionContext]) -> None:
    told = carrying.carry_out([given(stumbling="sw-")])[0]
    assert (told["status"], told["error_class"], told["message"]) == ("failed", "INTERNAL", carrying.FAULT)


def test_a_type_that_nobody_knows_fails(given: Callable[..., SessionContext]) -> None:
    told = carrying.carry_out([given("dance")])[0]
    assert (told["status"], told["error_class"]) == ("failed", "INTERNAL")


def test_while_a_part_of_the_system_is_away_the_task_is_begun_again(
    given: Callable[..., SessionContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "AGAIN_SECONDS", (0.01, 0.01))
    assert carrying.carry_out([given(away=3)])[0]["status"] == "succeeded"


def test_what_is_away_for_longer_than_the_task_may_take_fails_it(
    given: Callable[..., SessionContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "AGAIN_SECONDS", (0.05, 0.05))
    told = carrying.carry_out([given(away=1_000, limit=0.3)])[0]
    assert (told["status"], told["error_class"], told["message"]) == ("failed", "INTERNAL", "nobody there")


def test_a_type_that_takes_too_long_is_ended(
    given: Callable[..., SessionContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "GRACE_SECONDS", 0.1)
    task = given(limit=0.2, seconds=600.0)
    told = carrying.carry_out([task])[0]
    assert (told["status"], told["error_class"]) == ("failed", "TIMEOUT")
    assert task.cancelled()


def test_what_ends_because_it_was_cancelled_is_cancelled_and_no_error(
    given: Callable[..., SessionContext], office: Office
) -> None:
    task = given(limit=600.0, seconds=600.0)
    eventlet.spawn_after(0.1, task.stop, CANCELLED)
    told = carrying.carry_out([task])[0]
    assert (told["status"], told["error_class"]) == ("cancelled", "CANCELLED")
    carrying.say(task, told)
    office.lines.flush()
    row = office.database["logs"].find_one({"job_id": task.job_id, "meta.status": "cancelled"})
    assert row is not None and row["level"] == "warning"


def test_what_was_done_before_the_cancelling_came_stays_done(given: Callable[..., SessionContext]) -> None:
    task = given()
    report = carrying.carry_out([task])[0]
    task.stop(CANCELLED)
    done = carrying.report(task, Result(report["status"]))
    assert done["status"] == "succeeded"


def test_the_last_line_tells_programs_what_they_need(
    given: Callable[..., SessionContext], office: Office
) -> None:
    task = given(failing="sw-")
    carrying.say(task, carrying.carry_out([task])[0])
    office.lines.flush()
    row = office.database["logs"].find_one({"job_id": task.job_id, "meta.status": "failed"})
    assert row is not None
    assert set(row["meta"]) == {"status", "error_class", "run", "attempt", "duration_ms"}
    assert (row["device_id"], row["level"]) == (task.device["id"], "error")

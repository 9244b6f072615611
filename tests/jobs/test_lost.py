"""What a worker lost in an outage of the database is given back, once, and only what is nobody else's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, PyMongoError

from netraven_jobs import working
from netraven_jobs.claims import Claims
from netraven_jobs.dispatch import Message
from tests.jobs.office import Office, device
from tests.jobs.test_logbook import LOST, NEVER_DONE, failing
from tests.jobs.test_working import LONG, WAITS, Bench, messages, reported
from tests.jobs.test_working import bench as bench
from tests.patience import until


def lost(one: Bench, message: Message) -> None:
    """A task in hand that is stopped, for the database gives no answer."""
    one.take(message)
    until(lambda: one.work.busy == 1)
    one.work._kept_at -= 61
    one.work.doubt(60.0)
    until(lambda: one.work.busy == 0)


def test_what_was_lost_in_an_outage_is_given_back_when_it_is_over_and_that_is_no_crash(
    office: Office, bench: Callable[..., Bench]
) -> None:
    one, job_id = bench(lease_ms=1), office.begun([device(1)], seconds=LONG, **WAITS)
    lost(one, messages(office, job_id)[0])
    assert [(row["status"], row["worker"] is None) for row in office.rows(job_id)] == [("running", False)]
    one.work.give_back_lost()
    office.recovery.expired()
    row = office.rows(job_id)[0]
    assert (row["status"], row["attempt"], row["crashes"], row["alone"]) == ("waiting", 0, 0, False)
    assert "session_on" not in row and one.rung == []
    told = office.told(job_id)
    assert "given back: the database gave no answer for too long" in told[-1]
    assert not any("fell silent" in line for line in told)
    office.planner.feed()
    assert isinstance(office.claims("other").take(row["_id"]), dict)
    one.work.give_back_lost()
    assert office.rows(job_id)[0]["status"] == "running"


def test_what_was_lost_and_begun_anew_by_somebody_else_meanwhile_is_left_alone(
    office: Office, bench: Callable[..., Bench]
) -> None:
    one, job_id = bench(lease_ms=1), office.begun([device(1)], seconds=LONG, **WAITS)
    lost(one, messages(office, job_id)[0])
    time.sleep(0.01)
    office.recovery.expired()
    office.planner.feed()
    other = office.claims("other").take(office.rows(job_id)[0]["_id"])
    assert isinstance(other, dict)
    one.work.give_back_lost()
    row = office.rows(job_id)[0]
    assert (row["status"], row["worker"], row["epoch"]) == ("running", "other", other["epoch"])


def test_what_was_lost_and_then_cancelled_is_reported_as_that(
    office: Office, bench: Callable[..., Bench]
) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=LONG, **WAITS)
    lost(one, messages(office, job_id)[0])
    office.tasks.stop_running(job_id)
    one.work.give_back_lost()
    until(lambda: reported(office, job_id))
    assert office.rows(job_id)[0]["result"]["error_class"] == "CANCELLED"
    until(lambda: one.rung == [office.rows(job_id)[0]["_id"]])


def test_what_is_lost_is_not_given_back_before_its_session_is_over(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=LONG, deaf=True, **WAITS)
    one.take(messages(office, job_id)[0])
    until(lambda: one.work.busy == 1)
    monkeypatch.setattr(working, "LET_GO_SECONDS", LONG)
    one.work._kept_at -= 61
    one.work.doubt(60.0)
    one.work.give_back_lost()
    row = office.rows(job_id)[0]
    assert (row["status"], one.work.busy) == ("running", 1)
    context, thread = one.work._going[row["_id"]]
    one.work._force(row["_id"], context, thread)
    until(lambda: one.work.busy == 0)
    one.work.give_back_lost()
    assert office.rows(job_id)[0]["status"] == "waiting"


def test_a_report_that_never_got_through_an_outage_lets_its_task_be_begun_anew(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "REPORT_TRIES", 1)
    one, job_id = bench(), office.begun([device(1)], seconds=0, **WAITS)
    with failing(office.database, 100_000, **NEVER_DONE, failCommands=["update"]):
        with pytest.raises(AutoReconnect):
            one.work.do(messages(office, job_id)[0])
        with pytest.raises(AutoReconnect):
            one.work.give_back_lost()
    assert office.rows(job_id)[0]["status"] == "running"
    one.work.give_back_lost()
    row = office.rows(job_id)[0]
    assert (row["status"], row["attempt"], row["crashes"]) == ("waiting", 0, 0)


def test_what_waits_for_the_device_of_a_lost_task_is_handed_on(
    office: Office, bench: Callable[..., Bench]
) -> None:
    one, wants = bench(worker="has"), bench(worker="wants")
    first, second = (office.begun([device(1)], seconds=seconds, **WAITS) for seconds in (LONG, 0))
    lost(one, messages(office, first)[0])
    wants.work.do(messages(office, second)[0])
    assert not reported(office, second)
    one.work.give_back_lost()
    until(lambda: reported(office, second))


@pytest.mark.parametrize(("kind", "command"), [("lazy", "findAndModify"), ("flock", "update")])
def test_a_task_whose_taking_was_done_and_not_confirmed_is_given_back(
    office: Office, bench: Callable[..., Bench], kind: str, command: str
) -> None:
    one, job_id = bench(lease_ms=1), office.begun([device(1)], kind)
    (ident,) = (row["_id"] for row in office.rows(job_id))
    asked = Message((ident,), site="Bern", whole=kind == "flock")
    with failing(office.database, 1, **LOST, failCommands=[command]), pytest.raises(PyMongoError):
        one.work.do(asked)
    assert (office.rows(job_id)[0]["status"], one.work.busy) == ("running", 0)
    one.work.give_back_lost()
    office.recovery.expired()
    row = office.rows(job_id)[0]
    assert (row["status"], row["attempt"], row["crashes"]) == ("waiting", 0, 0)


def test_what_is_in_hand_after_all_is_not_given_back(office: Office, bench: Callable[..., Bench]) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=LONG, **WAITS)
    failed = failing(office.database, 1, **NEVER_DONE, failCommands=["findAndModify"])
    with failed, pytest.raises(AutoReconnect):
        one.work.do(messages(office, job_id)[0])
    one.take(messages(office, job_id)[0])
    until(lambda: one.work.busy == 1)
    one.work.give_back_lost()
    assert office.rows(job_id)[0]["status"] == "running"
    one.work.give_up()
    until(lambda: one.work.busy == 0)


def test_what_is_just_being_taken_is_not_given_back(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=0, **WAITS)
    failed = failing(office.database, 1, **NEVER_DONE, failCommands=["findAndModify"])
    with failed, pytest.raises(AutoReconnect):
        one.work.do(messages(office, job_id)[0])
    take = Claims.take

    def answered_late(*arguments: Any) -> Any:
        taken = take(*arguments)
        one.work.give_back_lost()
        return taken

    monkeypatch.setattr(Claims, "take", answered_late)
    one.work.do(messages(office, job_id)[0])
    assert reported(office, job_id)

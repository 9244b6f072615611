"""A worker's tasks in hand, without its queue: lost ones are stopped, freed permits are handed on, sites
respected.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
import pytest

from netraven_chassis import sealing
from netraven_chassis.bus.stats import Counts
from netraven_jobs import working
from netraven_jobs.claims import Claims
from netraven_jobs.dispatch import Message
from netraven_jobs.guard import Guard
from netraven_jobs.lockout import Limits
from netraven_jobs.session_context import Surroundings
from netraven_jobs.working import Work
from tests.jobs.office import Json, Office, device
from tests.jobs.test_logbook import NEVER_DONE, failing
from tests.patience import until

KEY = sealing.make()
NOBODY: Any = None  # these types call no other service
LONG = 600.0  # for whatever is ended before its time
WAITS = {"failing": "", "stumbling": "", "deadly": ""}


class Bench:
    """One worker whose messages are carried out as soon as they are handed on."""

    def __init__(self, office: Office, claims: Claims) -> None:
        guard = Guard(office.database, Limits(0, 1))
        around = Surroundings(KEY, guard, office.lines, NOBODY, None, office.database)
        self.rung: list[str] = []
        self.counts = Counts()
        self.work = Work(claims, around, LONG, self.counts, self.rung.extend, self.take)

    def take(self, message: Message) -> None:
        """As a message from the queue would be taken."""
        eventlet.spawn(self.work.do, message)


@pytest.fixture
def bench(office: Office) -> Callable[..., Bench]:
    """bench(…): one more worker."""

    def make(**named: Any) -> Bench:
        return Bench(office, office.claims(**named))

    return make


def messages(office: Office, job_id: str) -> list[Message]:
    return [Message((row["_id"],), site=row["device"]["location"]) for row in office.rows(job_id)]


def reported(office: Office, job_id: str) -> bool:
    return {row["status"] for row in office.rows(job_id)} == {"reported"}


def most_at_once(rows: Sequence[Json]) -> int:
    """How many were under way at the same time."""
    moments = sorted([(row["started_at"], 1) for row in rows] + [(row["finished_at"], -1) for row in rows])
    most = now = 0
    for _, step in moments:
        now += step
        most = max(most, now)
    return most


def test_a_task_is_done_reported_and_rung_for(office: Office, bench: Callable[..., Bench]) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=0, **WAITS)
    one.work.do(messages(office, job_id)[0])
    row = office.rows(job_id)[0]
    assert (row["status"], row["result"]["status"], one.rung) == ("reported", "succeeded", [row["_id"]])
    assert (one.counts.handled, one.work.busy) == (1, 0)
    one.work.do(messages(office, job_id)[0])  # the message came twice
    assert one.counts.handled == 1


def test_a_site_is_never_over_its_limit_and_no_slot_stays_empty(
    office: Office, bench: Callable[..., Bench]
) -> None:
    workers = [bench(worker=f"w{number}", site_limit=2) for number in range(2)]
    job_id = office.begun([device(number) for number in range(8)], seconds=0.15, **WAITS)
    for number, message in enumerate(messages(office, job_id)):
        workers[number % 2].take(message)
    until(lambda: reported(office, job_id))
    rows = office.rows(job_id)
    # Nobody looks at them again here: all that had to wait were handed on.
    assert most_at_once(rows) == 2


def test_what_waits_for_a_device_is_handed_on_by_whoever_has_it(
    office: Office, bench: Callable[..., Bench]
) -> None:
    has, wants = bench(worker="has"), bench(worker="wants")
    first, second = (office.begun([device(1)], seconds=seconds, **WAITS) for seconds in (LONG, 0))
    has.take(messages(office, first)[0])
    until(lambda: has.work.busy == 1)
    wants.work.do(messages(office, second)[0])  # of which the other has not heard
    office.tasks.stop_running(first)
    has.work.look()
    # Nobody looks at the second again here: it was handed on.
    until(lambda: reported(office, first) and reported(office, second))
    until(lambda: has.work.busy == 0)
    assert (wants.counts.handled, has.counts.handled) == (0, 2)


def test_a_permit_that_is_freed_before_it_is_known_who_waits_for_it_is_not_missed(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (office.begun([device(1)], seconds=0, **WAITS) for _ in range(2))
    has = office.claims("has")
    task = has.take(office.rows(first)[0]["_id"])
    assert isinstance(task, dict)
    write = Claims.wait

    def wait(*arguments: Any) -> None:
        has.give_back([task])
        write(*arguments)

    monkeypatch.setattr(Claims, "wait", wait)
    wants = bench(worker="wants")
    wants.work.do(messages(office, second)[0])
    assert reported(office, second)


def test_what_is_lost_is_stopped_and_not_reported(office: Office, bench: Callable[..., Bench]) -> None:
    one, job_id = bench(lease_ms=50), office.begun([device(1)], seconds=LONG, **WAITS)
    one.take(messages(office, job_id)[0])
    until(lambda: one.work.busy == 1)
    time.sleep(0.1)
    office.recovery.expired()
    one.work.look()
    until(lambda: one.work.busy == 0)
    assert (office.rows(job_id)[0]["status"], one.rung) == ("waiting", [])


def test_when_the_database_is_silent_for_too_long_everything_is_let_go(
    office: Office, bench: Callable[..., Bench]
) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=LONG, **WAITS)
    one.take(messages(office, job_id)[0])
    until(lambda: one.work.busy == 1)
    one.work.doubt(60.0)
    assert one.work.busy == 1
    one.work._kept_at -= 61
    one.work.doubt(60.0)
    until(lambda: one.work.busy == 0)
    assert one.rung == []


def test_a_cancelled_task_is_reported_as_that(office: Office, bench: Callable[..., Bench]) -> None:
    one, job_id = bench(), office.begun([device(1)], seconds=LONG, **WAITS)
    one.take(messages(office, job_id)[0])
    until(lambda: one.work.busy == 1)
    office.tasks.stop_running(job_id)
    one.work.look()
    until(lambda: reported(office, job_id))
    assert office.rows(job_id)[0]["result"]["error_class"] == "CANCELLED"


def test_what_does_not_listen_is_ended(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LET_GO_SECONDS", 0.2)
    one, job_id = bench(), office.begun([device(1)], seconds=LONG, deaf=True, **WAITS)
    one.take(messages(office, job_id)[0])
    until(lambda: one.work.busy == 1)
    office.tasks.stop_running(job_id)
    one.work.look()
    until(lambda: reported(office, job_id))
    assert office.rows(job_id)[0]["result"]["status"] == "cancelled"


def test_at_a_stop_everything_is_given_back(office: Office, bench: Callable[..., Bench]) -> None:
    one, job_id = bench(), office.begun([device(1), device(2)], seconds=LONG, **WAITS)
    for message in messages(office, job_id):
        one.take(message)
    until(lambda: one.work.busy == 2)
    one.work.give_up()
    until(lambda: one.work.busy == 0)
    assert [(row["status"], row["attempt"]) for row in office.rows(job_id)] == [("waiting", 0)] * 2


def test_a_task_is_over_only_when_its_last_line_is_written(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the lines have to wait for longer than the report has: the end of a log is its end."""
    monkeypatch.setattr(working, "FLUSH_SECONDS", 0.1)
    one, job_id = bench(), office.begun([device(1)], seconds=0, **WAITS)
    with failing(office.database, 100_000, **NEVER_DONE):
        one.take(messages(office, job_id)[0])
        until(lambda: one.work.busy == 1)
        eventlet.sleep(0.3)
        assert office.rows(job_id)[0]["status"] == "running"
    until(lambda: reported(office, job_id))
    last = office.database["logs"].find_one({"job_id": job_id}, sort=[("seq", -1)])
    assert last is not None and last["message"] == "sw-0001: succeeded: waited"


def test_what_cannot_be_written_within_the_lease_holds_no_report_up(
    office: Office, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "FLUSH_SECONDS", 0.05)
    one, job_id = bench(lease_ms=200), office.begun([device(1)], seconds=0, **WAITS)
    with failing(office.database, 100_000, **NEVER_DONE):
        one.take(messages(office, job_id)[0])
        until(lambda: reported(office, job_id))


def test_those_without_sessions_are_carried_out_together(office: Office, bench: Callable[..., Bench]) -> None:
    one = bench()
    job_id = office.begun([device(number) for number in range(5)], "flock")
    one.work.do(Message(tuple(row["_id"] for row in office.rows(job_id)), whole=True))
    assert {row["result"]["message"] for row in office.rows(job_id)} == {"one of 5"}

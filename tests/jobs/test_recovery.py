"""What a crash left behind is found again."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from netraven_jobs.recovery import Recovery, vigil_over
from netraven_jobs.roll import Roll
from netraven_jobs.vigil import Vigil
from tests.jobs.office import Json, Office, device, report

DEVICES = [device(number) for number in range(8)]


def lost(office: Office, job_id: str, worker: str, idents: Sequence[str]) -> None:
    """A worker takes these tasks and is never heard of again."""
    claims = office.claims(worker, lease_ms=1)
    for ident in idents:
        assert claims.take(ident) is not None
    time.sleep(0.01)
    office.recovery.expired()
    office.feeder.feed(job_id)


def idents(rows: Sequence[Json]) -> list[str]:
    return [row["_id"] for row in rows]


def test_a_task_whose_worker_is_gone_is_begun_anew_with_its_attempt_counted(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    lost(office, job_id, "w1", idents(office.rows(job_id)))
    row = office.rows(job_id)[0]
    assert (row["status"], row["attempt"], row["crashes"]) == ("waiting", 1, 1)
    assert "session_on" not in row
    assert "its worker fell silent; it is begun anew" in office.told(job_id)[-1]


def test_a_worker_that_fell_silent_is_told_of_once_with_what_it_had(office: Office) -> None:
    job_id = office.begun(DEVICES[:3])
    lost(office, job_id, "silent-1", idents(office.rows(job_id)))
    office.recovery.expired()
    office.lines.flush()
    said = {"log_type": "system", "meta.worker": "silent-1"}
    (entry,) = office.database["logs"].find(said)
    assert entry["message"] == "Worker silent-1 fell silent with 3 tasks in hand"
    assert (entry["level"], entry["job_id"], entry.get("seq")) == ("error", None, None)


def test_a_worker_that_had_nothing_in_hand_is_missed_once(office: Office) -> None:
    Roll(office.database, kept_ms=0).sign("idle-1")
    Roll(office.database).sign("there-1")
    time.sleep(0.01)
    for _ in range(2):
        office.planner.look_after()
    office.lines.flush()
    (entry,) = office.database["logs"].find(
        {"log_type": "system", "meta.worker": {"$in": ["idle-1", "there-1"]}}
    )
    assert (entry["message"], entry["level"]) == ("Worker idle-1 fell silent", "error")


def test_a_worker_that_is_missed_with_its_tasks_is_told_of_once(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    Roll(office.database, kept_ms=0).sign("both-1")
    lost(office, job_id, "both-1", idents(office.rows(job_id)))
    office.recovery.silent()
    office.lines.flush()
    (entry,) = office.database["logs"].find({"log_type": "system", "meta.worker": "both-1"})
    assert entry["message"] == "Worker both-1 fell silent with 1 tasks in hand"


def test_a_task_that_cost_two_workers_is_failed_and_settled(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    for worker in ("w1", "w2"):
        lost(office, job_id, worker, idents(office.rows(job_id)))
    row = office.rows(job_id)[0]
    assert (row["status"], row["error_class"], row["attempt"]) == ("failed", "INTERNAL", 2)
    assert office.job(job_id).status == "failed"


def test_of_a_few_the_one_that_ends_workers_is_found_alone(office: Office) -> None:
    job_id = office.begun(DEVICES[:3])
    lost(office, job_id, "w1", idents(office.rows(job_id)))
    handed = [row for row in office.rows(job_id) if row["dispatched_at"]]
    assert len(handed) == 1
    assert {row["alone"] for row in office.rows(job_id)} == {True}
    others = [row["_id"] for row in office.rows(job_id) if row["_id"] != handed[0]["_id"]]
    assert [office.claims("w2").take(ident) for ident in others] == [None, None]
    lost(office, job_id, "w3", idents(handed))
    assert {row["_id"]: row["status"] for row in office.rows(job_id)}[handed[0]["_id"]] == "failed"
    assert sum(row["dispatched_at"] is not None for row in office.rows(job_id)) == 1


def test_a_worker_that_had_many_was_ended_from_outside_and_they_go_on_as_before(office: Office) -> None:
    job_id = office.begun(DEVICES)
    lost(office, job_id, "w1", idents(office.rows(job_id)))
    rows = office.rows(job_id)
    assert {row["alone"] for row in rows} == {False}
    assert all(row["dispatched_at"] for row in rows)
    lost(office, job_id, "w2", idents(rows))
    rows = office.rows(job_id)
    assert {(row["status"], row["alone"]) for row in rows} == {("waiting", True)}
    assert sum(row["dispatched_at"] is not None for row in rows) == 1


def test_the_known_suspect_among_innocent_ones_is_failed_at_its_second_crash(office: Office) -> None:
    job_id = office.begun(DEVICES[:2])
    suspect, innocent = idents(office.rows(job_id))
    office.tasks.rows.update_one({"_id": suspect}, {"$set": {"crashes": 1}})
    lost(office, job_id, "w1", [suspect, innocent])
    assert {row["_id"]: row["status"] for row in office.rows(job_id)} == {
        suspect: "failed",
        innocent: "waiting",
    }


def test_a_cancelled_task_whose_worker_is_gone_is_not_begun_anew(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    office.claims(lease_ms=1).take(office.rows(job_id)[0]["_id"])
    office.tasks.stop_running(job_id)
    time.sleep(0.01)
    office.recovery.expired()
    assert office.rows(job_id)[0]["status"] == "cancelled"


def test_a_report_whose_bell_nobody_heard_is_settled(office: Office) -> None:
    job_id = office.begun(DEVICES[:1])
    claims = office.claims()
    task = claims.take(office.rows(job_id)[0]["_id"])
    assert isinstance(task, dict)
    claims.report([(task, report())])
    office.recovery.unsettled()
    assert office.rows(job_id)[0]["status"] == "reported"
    office.clock.ahead += 2100
    office.recovery.unsettled()
    assert office.rows(job_id)[0]["status"] == "succeeded"
    assert office.job(job_id).status == "succeeded"


GAP, MOMENT = 4000, 9000  # of a watch, in milliseconds


@pytest.fixture
def watcher(office: Office) -> Recovery:
    """A watch that has lasted for long already, by a clock that stands still."""
    office.clock.stop()
    one = office.watcher(Vigil(office.clock, GAP, MOMENT))
    watched(office, one)
    return one


def watched(office: Office, watcher: Recovery) -> None:
    """A moment passes in which the database is there."""
    for _ in range(4):
        watcher.expired()
        watcher.silent()
        office.clock.ahead += MOMENT // 3


def outage(office: Office, watcher: Recovery) -> None:
    """The database is away for longer than a lease lasts, and is there again."""
    time.sleep(0.01)
    office.clock.ahead += GAP + 1
    watcher.expired()
    watcher.silent()


def said(office: Office, *workers: str) -> list[str]:
    """What the log says of these."""
    office.lines.flush()
    rows = office.database["logs"].find({"log_type": "system", "meta.worker": {"$in": workers}})
    return sorted(row["message"] for row in rows)


def test_however_often_the_database_is_away_no_living_worker_is_taken_for_gone(
    office: Office, watcher: Recovery
) -> None:
    job_id = office.begun(DEVICES[:1])
    (ident,) = idents(office.rows(job_id))
    worker, before, signs = office.claims("out-1"), office.claims("out-1", lease_ms=1), Roll(office.database)
    assert before.take(ident)
    for _ in range(3):
        before.renew([ident])
        Roll(office.database, kept_ms=0).sign("out-1")
        outage(office, watcher)
        worker.renew([ident])  # it comes to that only now
        signs.sign("out-1")
        watched(office, watcher)
    row = office.rows(job_id)[0]
    assert (row["status"], row["worker"], row["crashes"]) == ("running", "out-1", 0)
    assert (said(office, "out-1"), signs.late()) == ([], [])
    assert office.database["workers"].count_documents({"_id": "out-1"}) == 1


def test_one_that_ended_in_an_outage_is_noticed_a_moment_after_it(office: Office, watcher: Recovery) -> None:
    job_id = office.begun(DEVICES[:1])
    assert office.claims("out-2", lease_ms=1).take(idents(office.rows(job_id))[0])
    Roll(office.database, kept_ms=0).sign("out-3")
    outage(office, watcher)
    assert (office.rows(job_id)[0]["status"], said(office, "out-2", "out-3")) == ("running", [])
    watched(office, watcher)
    assert office.rows(job_id)[0]["crashes"] == 1
    assert said(office, "out-2", "out-3") == [
        "Worker out-2 fell silent with 1 tasks in hand",
        "Worker out-3 fell silent",
    ]


def test_a_crash_is_noticed_at_once_while_the_database_is_there(office: Office, watcher: Recovery) -> None:
    job_id = office.begun(DEVICES[:1])
    assert office.claims("out-4", lease_ms=1).take(idents(office.rows(job_id))[0])
    Roll(office.database, kept_ms=0).sign("out-5")
    time.sleep(0.01)
    watcher.expired()
    watcher.silent()
    assert office.rows(job_id)[0]["crashes"] == 1
    assert said(office, "out-4", "out-5") == [
        "Worker out-4 fell silent with 1 tasks in hand",
        "Worker out-5 fell silent",
    ]


@pytest.mark.parametrize(
    ("lease", "gap", "moment"),
    [(15.0, 6250, 8750), (2.0, 4000, 5500), (60.0, 35_000, 10_000), (600.0, 35_000, 10_000)],
)
def test_a_watch_is_as_fine_as_leases_and_signatures_are_short(
    lease: float, gap: int, moment: int, office: Office
) -> None:
    vigil = vigil_over(lease, office.clock)
    assert (vigil._gap_ms, vigil._moment_ms) == (gap, moment)

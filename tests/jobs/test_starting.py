"""One start for each due moment however many plan, none beside a job that goes on, none lost by a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eventlet.greenpool import GreenPool

from netraven_chassis.clock import iso
from netraven_chassis.ids import derive_id
from netraven_jobs import job_queries
from netraven_jobs.job import JOB, CancelJob
from netraven_jobs.schedule import (
    SCHEDULE,
    ChangeSchedule,
    PauseSchedule,
    ResumeSchedule,
    RunSchedule,
    Schedule,
    TakeMoment,
)
from netraven_jobs.starting import Starts
from tests.jobs.office import Office

HOUR = 3_600_000


def state(office: Office, ident: str) -> Schedule:
    found: Schedule = office.bind("look").load(SCHEDULE, ident).state
    return found


def stopped(*offices: Office) -> None:
    """No moment of a schedule comes by itself: it is half past seven minutes of this hour."""
    for office in offices:
        office.clock.stop(offices[0].clock.now() // HOUR * HOUR + 450_000)


def all_plan(offices: Sequence[Office], hours: int) -> None:
    """Each of them looks three times, all at once, so many hours later."""
    for office in offices:
        office.clock.ahead = hours * HOUR
    pool = GreenPool()
    for office in [*offices] * 3:
        pool.spawn(office.planner.start_due)
    pool.waitall()


def test_however_many_plan_a_due_moment_starts_one_job(offices: Callable[..., Office]) -> None:
    several = [offices() for _ in range(4)]
    stopped(*several)
    ident = several[0].scheduled({"cron": "0 * * * *"})
    for hours in (1, 2, 3):
        all_plan(several, hours)
        assert len(several[0].jobs()) == hours
        end(several[0], str(state(several[0], ident).job_id))
    assert state(several[0], ident).runs == 3
    assert {job["schedule_id"] for job in several[0].jobs()} == {ident}


def end(office: Office, job_id: str) -> None:
    """The job is over."""
    office.bind(f"end:{job_id}").handle(JOB, job_id, CancelJob())


def test_a_moment_whose_schedule_s_last_job_is_not_over_is_passed_by_once_by_however_many(
    offices: Callable[..., Office],
) -> None:
    several = [offices() for _ in range(3)]
    stopped(*several)
    one = several[0]
    ident = one.scheduled({"cron": "0 * * * *"})
    for hours in (1, 2, 3):
        all_plan(several, hours)
    (job,) = one.jobs()
    passed = state(one, ident)
    assert (passed.runs, passed.job_id) == (1, job["_id"])
    shown = job_queries.schedule(one.bind("look"), ident)
    assert shown["last_skipped_at"] == iso(passed.skipped or 0) > shown["last_run"]
    for office in several:
        office.lines.flush()
    said = [row["message"] for row in one.database["logs"].find({"log_type": "system"}).sort("position", 1)]
    assert len(said) == 2
    assert said[1] == f"Schedule s starts nothing for {shown['last_skipped_at']}: its last job is not over"
    end(one, job["_id"])
    one.planner.start_due()
    assert len(one.jobs()) == 1  # what was passed by is not made up for
    one.clock.ahead += HOUR
    one.planner.start_due()
    assert (len(one.jobs()), state(one, ident).runs) == (2, 2)


def test_what_is_due_but_once_is_started_beside_an_earlier_job(office: Office) -> None:
    ident = office.scheduled({"every": 60})
    office.clock.ahead = HOUR
    office.planner.start_due()
    once = ChangeSchedule({"when": {"at": office.clock.now() + HOUR}}, office.clock.now())
    office.bind("once").handle(SCHEDULE, ident, once)
    office.clock.ahead += 2 * HOUR
    office.planner.start_due()
    assert state(office, ident).runs == 2


def test_what_was_missed_is_made_up_for_once(office: Office) -> None:
    stopped(office)
    ident = office.scheduled({"cron": "*/5 * * * *"})
    office.clock.ahead = 7 * 24 * HOUR
    for _ in range(3):
        office.planner.start_due()
    assert len(office.jobs()) == 1
    ran = state(office, ident)
    assert ran.due is not None and 0 <= office.clock.now() - ran.due < 5 * 60_000
    assert office.told(office.jobs()[0]["_id"])[0].startswith("Started by its schedule, due at ")


def test_a_paused_schedule_starts_nothing_also_not_afterwards(office: Office) -> None:
    ident = office.scheduled({"every": 60})
    office.bind(f"pause:{ident}").handle(SCHEDULE, ident, PauseSchedule())
    office.clock.stop()  # its moment lies anywhere in the minute, also between the next two lines
    office.clock.ahead = HOUR
    office.planner.start_due()
    office.bind(f"resume:{ident}").handle(SCHEDULE, ident, ResumeSchedule(office.clock.now()))
    office.planner.start_due()
    assert office.jobs() == []
    office.clock.ahead += 60_000
    office.planner.start_due()
    assert len(office.jobs()) == 1


def test_a_job_that_a_crash_kept_from_its_schedule_is_made_up_for(office: Office) -> None:
    ident = office.scheduled({"every": 60})
    moment = state(office, ident).since + 60_000
    job_id = derive_id("scheduled", ident, str(moment))
    office.bind("crash").handle(SCHEDULE, ident, TakeMoment(moment, job_id))
    office.planner.make_up()
    office.planner.make_up()
    assert [job["_id"] for job in office.jobs()] == [job_id]
    assert (state(office, ident).job_id, state(office, ident).runs) == (job_id, 1)


def test_a_death_at_any_step_of_a_start_loses_and_doubles_nothing(office: Office) -> None:
    for step in (1, 2, 3):
        ident = office.scheduled({"every": 60})
        moment = state(office, ident).since + 60_000
        job_id = derive_id("scheduled", ident, str(moment))
        office.bind(f"due:{ident}:{moment}").handle(SCHEDULE, ident, TakeMoment(moment, job_id))
        if step >= 2:
            schedule = state(office, ident)
            Starts(office.bind, office.lines).request(ident, schedule, moment, job_id)
        if step == 3:
            office.bind(f"ran:{ident}:{moment}").handle(SCHEDULE, ident, RunSchedule(moment, job_id))
        if step >= 2:
            end(office, job_id)
        office.clock.ahead += 125_000  # the next moment is due as well by then
        office.planner.make_up()
        if step == 1:
            end(office, job_id)
        office.planner.start_due()
        office.planner.make_up()
        mine = [job for job in office.jobs() if job["schedule_id"] == ident]
        assert len(mine) == 2 and job_id in {job["_id"] for job in mine}, step
        assert state(office, ident).runs == 2


def test_the_last_job_that_a_schedule_tells_of_is_always_there(office: Office) -> None:
    ident = office.scheduled({"every": 60})
    office.clock.ahead = 61_000
    office.planner.start_due()
    order = [
        (commit["stream"].partition("-")[0], commit["events"][0]["t"])
        for commit in office.database["commits"]
        .find({"at": {"$gte": office.clock.now() - 60_000}})
        .sort("position", 1)
        if commit["stream"] in (f"schedule-{ident}", f"job-{office.jobs()[0]['_id']}")
    ]
    assert [kind for _, kind in order][-3:] == ["ScheduleFellDue", "JobRequested", "ScheduleRan"]

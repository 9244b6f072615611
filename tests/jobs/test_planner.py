"""The planner's turns: one start for each due moment however many plan, runs begun, cancelled and
finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eventlet.greenpool import GreenPool

from netraven_chassis.clock import iso
from netraven_chassis.ids import derive_id, new_id
from netraven_devices.service import DevicesService
from netraven_jobs import job_queries, ordering
from netraven_jobs.job import ALL, JOB, ONLY_FAILED, CancelJob, RequestJob, RetryJob
from netraven_jobs.schedule import (
    SCHEDULE,
    ChangeSchedule,
    CreateSchedule,
    PauseSchedule,
    ResumeSchedule,
    RunSchedule,
    Schedule,
    TakeMoment,
)
from netraven_jobs.views import JOBS
from tests.jobs.office import Office, device, report
from tests.jobs.running import Running, running
from tests.servers.mongod import Mongod
from tests.servers.services import memory

HOUR = 3_600_000


@pytest.fixture(scope="module")
def inventory(mongod: Mongod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A devices service."""
    data = str(tmp_path_factory.mktemp("data"))
    with running(memory(), mongod.uri, {"NETRAVEN_DATA": data}) as started:
        started.start(DevicesService)
        yield started


@pytest.fixture
def planning(office: Office, inventory: Running) -> Office:
    """The instance, which knows the devices service."""
    office.devices = lambda: inventory.client("devices")
    return office


def scheduled(office: Office, when: dict[str, Any]) -> str:
    """A schedule that was made just now."""
    ident = new_id()
    wanted = CreateSchedule("lazy", {"all": True}, {}, "s", when, office.clock.now())
    office.bind(f"make:{ident}").handle(SCHEDULE, ident, wanted)
    return ident


def jobs(office: Office) -> list[dict[str, Any]]:
    return list(office.bind("look").collection(JOBS).find({}))


def state(office: Office, ident: str) -> Schedule:
    found: Schedule = office.bind("look").load(SCHEDULE, ident).state
    return found


def test_however_many_plan_a_due_moment_starts_one_job(offices: Callable[..., Office]) -> None:
    several = [offices() for _ in range(4)]
    ident = scheduled(several[0], {"cron": "0 * * * *"})
    for hours in (1, 2, 3):
        for office in several:
            office.clock.ahead = hours * HOUR
        pool = GreenPool()
        for office in several * 3:
            pool.spawn(office.planner.start_due)
        pool.waitall()
        assert len(jobs(several[0])) == hours
        end(several[0], str(state(several[0], ident).job_id))
    assert state(several[0], ident).runs == 3
    assert {job["schedule_id"] for job in jobs(several[0])} == {ident}


def end(office: Office, job_id: str) -> None:
    """The job is over."""
    office.bind(f"end:{job_id}").handle(JOB, job_id, CancelJob())


def test_a_moment_whose_schedule_s_last_job_is_not_over_is_passed_by_once_by_however_many(
    offices: Callable[..., Office],
) -> None:
    several = [offices() for _ in range(3)]
    one = several[0]
    ident = scheduled(one, {"cron": "0 * * * *"})
    for hours in (1, 2, 3):
        for office in several:
            office.clock.ahead = hours * HOUR
        pool = GreenPool()
        for office in several * 3:
            pool.spawn(office.planner.start_due)
        pool.waitall()
    (job,) = jobs(one)
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
    assert len(jobs(one)) == 1  # what was passed by is not made up for
    one.clock.ahead += HOUR
    one.planner.start_due()
    assert (len(jobs(one)), state(one, ident).runs) == (2, 2)


def test_what_is_due_but_once_is_started_beside_an_earlier_job(office: Office) -> None:
    ident = scheduled(office, {"every": 60})
    office.clock.ahead = HOUR
    office.planner.start_due()
    once = ChangeSchedule({"when": {"at": office.clock.now() + HOUR}}, office.clock.now())
    office.bind("once").handle(SCHEDULE, ident, once)
    office.clock.ahead += 2 * HOUR
    office.planner.start_due()
    assert state(office, ident).runs == 2


def test_what_was_missed_is_made_up_for_once(office: Office) -> None:
    ident = scheduled(office, {"cron": "*/5 * * * *"})
    office.clock.ahead = 7 * 24 * HOUR
    for _ in range(3):
        office.planner.start_due()
    assert len(jobs(office)) == 1
    ran = state(office, ident)
    assert ran.due is not None and 0 <= office.clock.now() - ran.due < 5 * 60_000
    assert office.told(jobs(office)[0]["_id"])[0].startswith("Started by its schedule, due at ")


def test_a_paused_schedule_starts_nothing_also_not_afterwards(office: Office) -> None:
    ident = scheduled(office, {"every": 60})
    office.bind(f"pause:{ident}").handle(SCHEDULE, ident, PauseSchedule())
    office.clock.stop()  # its moment lies anywhere in the minute, also between the next two lines
    office.clock.ahead = HOUR
    office.planner.start_due()
    office.bind(f"resume:{ident}").handle(SCHEDULE, ident, ResumeSchedule(office.clock.now()))
    office.planner.start_due()
    assert jobs(office) == []
    office.clock.ahead += 60_000
    office.planner.start_due()
    assert len(jobs(office)) == 1


def test_a_job_that_a_crash_kept_from_its_schedule_is_made_up_for(office: Office) -> None:
    ident = scheduled(office, {"every": 60})
    moment = state(office, ident).since + 60_000
    job_id = derive_id("scheduled", ident, str(moment))
    office.bind("crash").handle(SCHEDULE, ident, TakeMoment(moment, job_id))
    office.planner.make_up()
    office.planner.make_up()
    assert [job["_id"] for job in jobs(office)] == [job_id]
    assert (state(office, ident).job_id, state(office, ident).runs) == (job_id, 1)


def test_a_death_at_any_step_of_a_start_loses_and_doubles_nothing(office: Office) -> None:
    for step in (1, 2, 3):
        ident = scheduled(office, {"every": 60})
        moment = state(office, ident).since + 60_000
        job_id = derive_id("scheduled", ident, str(moment))
        office.bind(f"due:{ident}:{moment}").handle(SCHEDULE, ident, TakeMoment(moment, job_id))
        if step >= 2:
            schedule = state(office, ident)
            office.planner._request(ident, schedule, moment, job_id)
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
        mine = [job for job in jobs(office) if job["schedule_id"] == ident]
        assert len(mine) == 2 and job_id in {job["_id"] for job in mine}, step
        assert state(office, ident).runs == 2


def test_the_last_job_that_a_schedule_tells_of_is_always_there(office: Office) -> None:
    ident = scheduled(office, {"every": 60})
    office.clock.ahead = 61_000
    office.planner.start_due()
    order = [
        (commit["stream"].partition("-")[0], commit["events"][0]["t"])
        for commit in office.database["commits"]
        .find({"at": {"$gte": office.clock.now() - 60_000}})
        .sort("position", 1)
        if commit["stream"] in (f"schedule-{ident}", f"job-{jobs(office)[0]['_id']}")
    ]
    assert [kind for _, kind in order][-3:] == ["ScheduleFellDue", "JobRequested", "ScheduleRan"]


def test_a_job_of_many_devices_spreads_its_starts_over_the_interval(
    planning: Office, inventory: Running
) -> None:
    inventory.devices(20)
    scheduled(planning, {"every": 120})
    planning.clock.ahead = HOUR
    planning.planner.turn()
    planning.planner.begin()
    job_id = jobs(planning)[0]["_id"]
    starts = [row["not_before"] - planning.clock.now() for row in planning.rows(job_id)]
    assert len({round(start / 1000) for start in starts}) > 10
    assert all(-10_000 <= start <= 120_000 for start in starts)
    early = sum(row["dispatched_at"] is not None for row in planning.rows(job_id))
    assert early < len(starts)
    planning.clock.ahead += 120_000
    planning.planner.feed()
    assert all(row["dispatched_at"] for row in planning.rows(job_id))


def test_a_schedule_that_names_an_hour_is_not_spread(planning: Office, inventory: Running) -> None:
    inventory.devices(3)
    scheduled(planning, {"cron": "0 * * * *"})
    planning.clock.ahead = HOUR
    planning.planner.turn()
    planning.planner.begin()
    assert {row["not_before"] for row in planning.rows(jobs(planning)[0]["_id"])} == {0}


def asked(office: Office, target: dict[str, Any]) -> str:
    """A job for this target, just asked for."""
    job_id = new_id()
    office.bind(f"ask:{job_id}").handle(JOB, job_id, RequestJob("lazy", target))
    return job_id


def test_the_devices_are_fixed_when_the_run_begins(planning: Office, inventory: Running) -> None:
    wanted, other = inventory.devices(2)
    gone = "f" * 24
    job_id = asked(planning, {"devices": [wanted["id"], gone]})
    planning.planner.start_runs()
    assert [row["device"]["id"] for row in planning.rows(job_id)] == [wanted["id"]]
    assert planning.rows(job_id)[0]["device"]["ip_address"] == wanted["ip_address"]
    assert planning.job(job_id).status == "running"
    assert "Run 1 begins, 1 devices" in planning.told(job_id)
    assert other["id"] not in {row["device"]["id"] for row in planning.tasks.rows.find({})}


def test_a_job_cancelled_while_its_tasks_are_made_begins_none_of_them(
    planning: Office, inventory: Running
) -> None:
    job_id = asked(planning, {"devices": [one["id"] for one in inventory.devices(2)]})

    def cancelled_meanwhile() -> Any:
        planning.bind("cancel").handle(JOB, job_id, CancelJob())
        return inventory.client("devices")

    planning.devices = cancelled_meanwhile
    planning.planner.start_runs()
    job = planning.job(job_id)
    assert (job.status, job.counts.get("skipped"), job.counts.get("total")) == ("cancelled", 2, 2)
    assert planning.handed_out() == []
    told = planning.told(job_id)
    assert sum("skipped, the job was cancelled" in line for line in told) == 2
    assert told[-1] == "Run 1 is over: 2 skipped"


@pytest.mark.parametrize("made", [0, 1, 2])
@pytest.mark.parametrize("only", [ALL, ONLY_FAILED])
def test_a_retry_cancelled_in_the_queue_counts_and_names_its_devices_however_far_it_was(
    planning: Office, only: str, made: int
) -> None:
    job_id = planning.begun([device(1), device(2), device(3)])
    ended = {1: "succeeded", 2: "failed", 3: "failed"}
    for number, status in ended.items():
        task = {"job_id": job_id, "device.id": device(number)["id"]}
        planning.tasks.rows.update_one(task, {"$set": {"status": status}})
    planning.settler.close(job_id)
    planning.bind("retry").handle(JOB, job_id, RetryJob(only))
    again = [device(number) for number in (3, 2)[:made]]
    if again:
        planning.tasks.repeat(job_id, planning.job(job_id), [one["id"] for one in again], again, 1)
    ordering.cancel(planning.bind("stop"), planning.tasks, planning.settler, planning.lines, job_id, None)
    planning.planner.start_runs()
    skipped = 3 if only == ALL else 2
    job = planning.job(job_id)
    assert (job.status, job.counts["succeeded"], job.counts["skipped"]) == ("cancelled", 3 - skipped, skipped)
    shown = job_queries.job(planning.bind("look"), planning.tasks, job_id)
    assert shown["counts"] == {**shown["counts"], **job.counts}
    assert [one["run"] for one in shown["devices"] if one["status"] == "skipped"] == [2] * skipped
    told = planning.told(job_id)
    named = sorted(line for line in told if "skipped, the job was cancelled" in line)
    assert [line.split(":")[0] for line in named] == ["sw-0001", "sw-0002", "sw-0003"][-skipped:]
    assert told[-1].startswith("Run 2 is over: ")


def test_a_retry_takes_up_what_did_not_succeed_as_it_is_now(planning: Office, inventory: Running) -> None:
    good, bad, gone = inventory.devices(3)
    job_id = asked(planning, {"devices": [good["id"], bad["id"], gone["id"]]})
    planning.planner.start_runs()
    by_id = {row["device"]["id"]: row for row in planning.rows(job_id)}
    claims = planning.claims()
    for one, status in ((good, "succeeded"), (bad, "failed"), (gone, "failed")):
        task = claims.take(by_id[one["id"]]["_id"])
        assert isinstance(task, dict)
        claims.report([(task, report(status))])
    planning.settler.settle([row["_id"] for row in by_id.values()])
    assert planning.job(job_id).status == "partial"
    devices = inventory.client("devices")
    devices.change(device_id=bad["id"], changes={"platform": "cisco_ios"})
    devices.remove(device_id=gone["id"])
    planning.bind("retry").handle(JOB, job_id, RetryJob())
    planning.planner.start_runs()
    rows = {row["device"]["id"]: row for row in planning.rows(job_id)}
    assert (rows[good["id"]]["run"], rows[good["id"]]["status"]) == (1, "succeeded")
    again = rows[bad["id"]]
    assert (again["run"], again["status"], again["attempt"]) == (2, "waiting", 0)
    assert again["device"]["platform"] == "cisco_ios"
    assert (rows[gone["id"]]["status"], rows[gone["id"]]["run"]) == ("skipped", 2)


def test_what_a_crash_kept_from_being_stopped_is_stopped(office: Office) -> None:
    job_id = office.begun([device(1), device(2)])
    office.claims("w").take(office.rows(job_id)[0]["_id"])
    office.bind("cancel").handle(JOB, job_id, CancelJob())
    office.planner.stop_cancelled()
    first, second = office.rows(job_id)
    assert (first["cancel"], second["status"], second["error_class"]) == (True, "skipped", "CANCELLED")


def test_a_job_whose_last_task_was_settled_without_that_is_finished(office: Office) -> None:
    job_id = office.begun([device(1)])
    office.tasks.rows.update_many({"job_id": job_id}, {"$set": {"status": "succeeded"}})
    office.planner.close()
    assert office.job(job_id).status == "succeeded"
    assert office.told(job_id)[-1] == "Run 1 is over: 1 succeeded"


def test_what_fails_keeps_back_nothing_else(office: Office) -> None:
    stuck = asked(office, {"all": True})  # there is nobody to ask for devices: this one cannot begin
    never = asked(office, {"devices": []})
    job_id = office.begun([device(1)])
    office.planner.begin()
    office.planner.turn()
    assert (office.job(stuck).status, office.job(never).status) == ("queued", "failed")
    assert office.rows(job_id)[0]["dispatched_at"] is not None


def test_a_new_planner_hands_out_again_what_nobody_took(office: Office) -> None:
    office.begun([device(1)])
    office.planner.feed()
    assert len(office.handed_out()) == 1
    office.planner.feed()
    assert office.handed_out() == []
    office.planner.taken_over()
    office.planner.feed()
    assert len(office.handed_out()) == 1

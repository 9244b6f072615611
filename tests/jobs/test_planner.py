"""The planner's turns: one start for each due moment however many plan, runs begun, cancelled and
finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from netraven_chassis.ids import new_id
from netraven_devices.service import DevicesService
from netraven_jobs import job_queries, ordering
from netraven_jobs.job import ALL, JOB, ONLY_FAILED, CancelJob, RequestJob, RetryJob
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


def test_a_job_of_many_devices_spreads_its_starts_over_the_interval(
    planning: Office, inventory: Running
) -> None:
    inventory.devices(20)
    planning.clock.stop()
    planning.scheduled({"every": 120})
    planning.clock.ahead = HOUR
    planning.planner.turn()
    planning.planner.begin()
    job_id = planning.jobs()[0]["_id"]
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
    planning.scheduled({"cron": "0 * * * *"})
    planning.clock.ahead = HOUR
    planning.planner.turn()
    planning.planner.begin()
    assert {row["not_before"] for row in planning.rows(planning.jobs()[0]["_id"])} == {0}


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
    assert (rows[gone["id"]]["duration_ms"], rows[gone["id"]]["worker"]) == (None, None)


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

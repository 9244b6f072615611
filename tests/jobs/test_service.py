"""Jobs from the asking to the end, with the real devices service, the real monitor and a worker, on both
buses.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import pairwise

import orjson
import pytest

from netraven_chassis.clock import now_ms, parse_iso
from netraven_contracts import jobs as contracts
from netraven_contracts import schedules as schedule_contracts
from netraven_contracts.errors import Conflict, NotFound, PreconditionFailed, ValidationFailed
from netraven_devices.service import DevicesService
from netraven_jobs.service import JobsService
from netraven_jobs.taking import Takes
from netraven_jobs.worker_service import WorkerService
from netraven_monitor.service import MonitorService
from tests.jobs.running import ACTOR, Json, Running, running
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

SETTINGS = {"NETRAVEN_WORKER_CAPACITY": "10", "NETRAVEN_SITE_LIMIT": "0"}
SOON_MS = 3_000  # to come still when a busy machine gets round to it


@pytest.fixture(scope="module", params=["embedded", "rabbitmq"])
def system(
    request: pytest.FixtureRequest, mongod: Mongod, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """One system for all tests of this module, on each bus."""
    data = str(tmp_path_factory.mktemp("data"))
    broker: RabbitMQ | None = None
    if request.param == "embedded":
        uri = f"embedded://{secrets.token_hex(4)}"
    else:
        broker = request.getfixturevalue("rabbitmq")
        uri = broker.vhost()
    with running(uri, mongod.uri, {**SETTINGS, "NETRAVEN_DATA": data}) as started:
        started.start(DevicesService, MonitorService, JobsService, WorkerService)
        yield started
    if broker is not None:
        broker.drop_vhost(uri)


def test_a_job_goes_from_queued_to_its_end(system: Running) -> None:
    devices = system.devices(3)
    asked = system.run("lazy", devices)
    assert (asked["status"], asked["run"], asked["log_channel"]) == ("queued", 1, f"jobs:{asked['id']}")
    job = system.over(asked["id"])
    assert job["status"] == "succeeded"
    assert job["counts"]["succeeded"] == job["counts"]["total"] == 3
    assert [(one["name"], one["status"], one["attempt"]) for one in job["devices"]] == [
        (device["name"], "succeeded", 1) for device in devices
    ]
    assert job["duration_secs"] >= 0


def test_reachability_asks_the_monitor_about_all_at_once(system: Running) -> None:
    near = system.client("devices").register(
        device={"name": f"near-{secrets.token_hex(3)}", "ip_address": f"127.9.{secrets.randbelow(250)}.7",
                "device_type": "router", "location": "Bern"}
    )  # fmt: skip
    job = system.over(system.run("reachability", [near])["id"])
    assert (job["status"], job["devices"][0]["status"]) == ("succeeded", "succeeded"), job["devices"]


def test_what_fails_is_named_and_a_retry_does_just_that_again(system: Running) -> None:
    devices = system.devices(4)
    bad = devices[2]
    job = system.over(system.run("lazy", devices, failing=bad["name"])["id"])
    assert (job["status"], job["counts"]["succeeded"], job["counts"]["failed"]) == ("partial", 3, 1)
    worst = job["devices"][0]
    assert (worst["id"], worst["status"], worst["error_class"]) == (bad["id"], "failed", "TIMEOUT")
    again = system.jobs.retry_job(job_id=job["id"], only="failed")
    assert (again["id"], again["status"], again["run"]) == (job["id"], "queued", 2)
    job = system.over(job["id"])
    assert {one["name"]: one["run"] for one in job["devices"]} == {
        device["name"]: 2 if device is bad else 1 for device in devices
    }
    everything = system.jobs.retry_job(job_id=job["id"], only="all")
    assert everything["run"] == 3
    assert {one["run"] for one in system.over(job["id"])["devices"]} == {3}


def test_a_fault_of_ours_says_nothing_of_itself(system: Running) -> None:
    devices = system.devices(1)
    job = system.over(system.run("lazy", devices, stumbling=devices[0]["name"])["id"])
    one = job["devices"][0]
    assert (one["status"], one["error_class"], "stumbled" in one["message"]) == ("failed", "INTERNAL", False)


def test_a_cancelled_job_stops_what_runs_and_names_what_is_skipped(system: Running) -> None:
    devices = system.devices(30)
    job_id = system.run("lazy", devices, seconds=300)["id"]
    system.when(lambda: system.jobs.show_job(job_id=job_id), lambda job: job["counts"]["running"] == 10)
    assert system.jobs.cancel_job(job_id=job_id)["status"] == "cancelling"
    job = system.until(job_id, "cancelled")
    assert (job["counts"]["cancelled"], job["counts"]["skipped"]) == (10, 20)
    assert {one["error_class"] for one in job["devices"]} == {"CANCELLED"}
    assert len({one["name"] for one in job["devices"] if one["status"] == "skipped"}) == 20
    with pytest.raises(Conflict, match="over"):
        system.jobs.cancel_job(job_id=job_id)
    told = [row["message"] for row in system.database["logs"].find({"job_id": job_id})]
    assert sum("skipped, the job was cancelled" in message for message in told) == 20


def test_a_device_has_one_session_at_a_time_whatever_jobs_want_it(system: Running) -> None:
    device = system.devices(1)
    jobs = [system.run("lazy", device, seconds=0.3)["id"] for _ in range(4)]
    for job_id in jobs:
        assert system.over(job_id)["status"] == "succeeded"
    rows = sorted(system.database["tasks"].find({"job_id": {"$in": jobs}}), key=lambda row: row["started_at"])
    assert all(one["finished_at"] <= next_one["started_at"] for one, next_one in pairwise(rows))


def test_tags_that_nobody_has_are_refused_at_once_and_a_schedule_waits_for_them(system: Running) -> None:
    tag = system.client("devices").create_tag(tag={"name": f"empty-{secrets.token_hex(3)}"})
    good: Json = {"type": "lazy", "options": {}, "name": None, "schedule": None}
    for word in (tag["name"], tag["id"]):
        with pytest.raises(ValidationFailed) as refused:
            system.jobs.create_job(job={**good, "target": {"tags": [word]}})
        assert "no device has one of these tags" in refused.value.details["tags"][0]
    soon = {"target": {"tags": [tag["id"]]}, "schedule": {"at": now_ms() + SOON_MS}}
    schedule = system.jobs.create_job(job={**good, **soon})

    def started() -> str | None:
        last: str | None = system.jobs.show_schedule(schedule_id=schedule["id"])["last_job_id"]
        return last

    job = system.over(system.when(started, bool))
    assert (job["status"], job["counts"]["total"]) == ("failed", 0)
    assert job["reason"] == "there are no devices that fit"


def test_a_wrong_option_is_told_which_there_are(system: Running) -> None:
    target = {"devices": [system.devices(1)[0]["id"]]}
    good = {"target": target, "name": None, "schedule": None}
    for kind, told in (("backup", "there are accept_smaller"), ("facts", "it has none: remove it")):
        with pytest.raises(ValidationFailed) as refused:
            system.jobs.create_job(job={**good, "type": kind, "options": {"colour": 1}})
        assert refused.value.details == {"options": {"colour": [f"is no option of {kind}; {told}"]}}


def test_what_means_nothing_is_refused_with_its_field(system: Running) -> None:
    good = {"type": "lazy", "target": {"all": True}, "options": {}, "name": None, "schedule": None}
    for wrong, details in (
        ({"type": "dance"}, {"type"}),
        ({"options": {"seconds": "long"}}, {"options"}),
        ({"options": {"colour": 1}}, {"options"}),
        ({"schedule": {"cron": "61 * * * *"}}, {"schedule"}),
        ({"schedule": {"at": 1000}}, {"schedule"}),
        ({"target": {"devices": ["f" * 24]}}, {"devices"}),
        ({"target": {"tags": ["nowhere"]}}, {"tags"}),
        ({"target": {"tags": ["f" * 24]}, "schedule": {"every": 60}}, {"tags"}),
        ({"schedule": {"cron": "0 3 * * *", "timezone": "Mars/Base"}}, {"schedule"}),
    ):
        with pytest.raises(ValidationFailed) as refused:
            system.jobs.create_job(job={**good, **wrong})
        assert set(refused.value.details) == details
    for method in ("show_job", "cancel_job"):
        with pytest.raises(NotFound):
            getattr(system.jobs, method)(job_id="f" * 24)


def test_a_repeated_request_makes_one_job(system: Running) -> None:
    device = system.devices(1)[0]
    asked = {
        "type": "lazy", "target": {"devices": [device["id"]]}, "options": {}, "name": None, "schedule": None
    }  # fmt: skip
    data = {"actor": ACTOR, "command_id": secrets.token_hex(8)}
    made = [
        system.caller.client("jobs", timeout=60, data=data).raw("create_job", job=asked) for _ in range(3)
    ]
    assert len({reply.meta["location"] for reply in made}) == 1


def test_jobs_are_listed_by_every_filter(system: Running) -> None:
    devices = system.devices(2)
    job = system.over(system.run("lazy", devices[:1])["id"])
    other = system.over(system.run("lazy", devices[1:], failing=devices[1]["name"])["id"])
    created = parse_iso(job["created_at"])

    def found(**filters: object) -> set[str]:
        reply = system.jobs.raw("index_jobs", filters=filters, page=1, size=100, sort=[])
        rows = orjson.loads(reply.body)
        assert reply.meta["total"] >= len(rows)
        return {row["id"] for row in rows} & {job["id"], other["id"]}

    assert found() == found(type="lazy") == {job["id"], other["id"]}
    assert found(device=devices[0]["id"]) == found(device=devices[0]["name"]) == {job["id"]}
    assert found(status="failed") == {other["id"]}
    assert found(created_by="ann") == found(created_by="u1") == {job["id"], other["id"]}
    assert found(created_by="jobs") == set()
    assert found(start=created, end=created + 1) >= {job["id"]}
    assert found(end=created) == set()
    assert found(type="backup") == set()
    rows = system.jobs.index_jobs(filters={}, page=1, size=1, sort=["-created_at"])
    assert [row["id"] for row in rows] == [other["id"]] == [system.jobs.recent_jobs(limit=1)[0]["id"]]


def test_the_devices_of_a_job_are_paged_and_filtered(system: Running) -> None:
    devices = system.devices(5)
    job_id = system.over(system.run("lazy", devices, failing=devices[3]["name"])["id"])["id"]
    reply = system.jobs.raw("job_devices", job_id=job_id, filters={}, page=2, size=2)
    assert [one["name"] for one in orjson.loads(reply.body)] == [devices[2]["name"], devices[3]["name"]]
    assert reply.meta == {"total": 5}
    failed = system.jobs.job_devices(job_id=job_id, filters={"error_class": "TIMEOUT"}, page=1, size=9)
    assert [one["name"] for one in failed] == [devices[3]["name"]]
    with pytest.raises(NotFound):
        system.jobs.job_devices(job_id="f" * 24, filters={}, page=1, size=9)


def test_answers_have_the_agreed_fields(system: Running) -> None:
    job = system.over(system.run("lazy", system.devices(1))["id"])
    assert set(contracts.Job().fields) <= set(job)
    assert set(job["devices"][0]) == set(contracts.JobDevice().fields)
    kinds = {one["name"]: one for one in system.jobs.job_types()}
    assert {"backup", "facts", "credential_check", "reachability", "lazy"} <= set(kinds)
    assert all(set(one) == set(contracts.JobType().fields) for one in kinds.values())
    history = system.jobs.job_history(job_id=job["id"], page=1, size=9)
    assert [one["event"] for one in history] == ["JobFinished", "JobStarted", "JobRequested"]
    assert history[-1]["actor"] == {"id": ACTOR["id"], "name": ACTOR["name"]}


def test_a_schedule_lives_and_ends(system: Running) -> None:
    device = system.devices(1)[0]
    asked = {"type": "lazy", "target": {"devices": [device["id"]]}, "options": {}, "name": "nightly"}
    made = system.jobs.raw("create_job", job={**asked, "schedule": {"cron": "0 3 * * *"}})
    shown = orjson.loads(made.body)
    ident = shown["id"]
    assert made.meta["location"] == f"/api/schedules/{ident}"
    assert (shown["status"], shown["schedule"], shown["devices"]) == ("scheduled", {"cron": "0 3 * * *"}, [])
    assert set(contracts.Job().fields) <= set(shown)
    listed = [row["id"] for row in system.jobs.index_schedules(filters={}, page=1, size=100, sort=[])]
    assert ident in listed
    assert set(system.jobs.show_schedule(schedule_id=ident)) == set(schedule_contracts.Schedule().fields)
    assert system.jobs.pause_schedule(schedule_id=ident)["status"] == "paused"
    assert system.jobs.show_schedule(schedule_id=ident)["next_run"] is None
    assert ident not in [row["id"] for row in system.jobs.scheduled_jobs(page=1, size=100)]
    assert system.jobs.resume_schedule(schedule_id=ident)["status"] == "active"
    changed = system.jobs.change_schedule(schedule_id=ident, changes={"schedule": {"every": 60}, "name": "x"})
    assert (changed["schedule"], changed["name"], changed["version"]) == ({"every": 60}, "x", 4)
    with pytest.raises(ValidationFailed):
        system.jobs.change_schedule(schedule_id=ident, changes={"target": {"devices": ["f" * 24]}})
    with pytest.raises(PreconditionFailed):
        system.jobs.change_schedule(schedule_id=ident, changes={"name": "y"}, if_match=1)
    assert system.jobs.show_job(job_id=ident)["status"] == "scheduled"
    system.jobs.cancel_job(job_id=ident)
    with pytest.raises(NotFound):
        system.jobs.show_schedule(schedule_id=ident)


def said(system: Running, **filters: str) -> list[str]:
    """What the log says of the system itself, the newest first."""
    wanted = {"log_type": "system", **filters}
    rows = system.jobs.index_logs(filters=wanted, page=1, size=1000, order="desc")
    assert all(row["job_id"] is None and row["seq"] is None for row in rows)
    return [row["message"] for row in rows]


def test_the_log_says_who_plans_and_who_works(system: Running) -> None:
    assert [line for line in said(system, source="jobs") if line.endswith("plans the jobs from now on")]
    assert [line for line in said(system, source="worker") if line.endswith("takes tasks, 10 at once")]


def test_a_schedule_starts_its_job_when_it_is_due_and_once(system: Running) -> None:
    device = system.devices(1)[0]
    asked = {"type": "lazy", "target": {"devices": [device["id"]]}, "options": {}, "name": "once"}
    due = system.jobs.create_job(job={**asked, "schedule": {"at": now_ms() + SOON_MS}})["id"]
    shown = system.when(lambda: system.jobs.show_schedule(schedule_id=due), lambda one: one["last_job_id"])
    assert (shown["status"], shown["runs"], shown["next_run"]) == ("done", 1, None)
    job = system.over(shown["last_job_id"])
    assert (job["status"], job["schedule_id"], job["name"]) == ("succeeded", due, "once")
    rows = system.jobs.index_jobs(filters={"schedule_id": due}, page=1, size=9, sort=[])
    assert [row["id"] for row in rows] == [job["id"]]


def test_a_worker_says_what_it_is_and_how_busy(system: Running) -> None:
    takes = next(one for one in system.containers["worker"][0].dependencies if isinstance(one, Takes))
    job_id = system.run("lazy", system.devices(2), seconds=1.0)["id"]
    beat = system.when(takes.beat.snapshot, lambda beat: beat["busy"] == 2)
    assert (beat["service"], beat["capacity"]) == ("worker", 10)
    system.over(job_id)
    assert takes.beat.snapshot()["handled"] >= beat["handled"] + 2

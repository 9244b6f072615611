"""Jobs from the asking to the end, with the real devices service, the real monitor and a worker, on both
buses.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from netraven_devices.service import DevicesService
from netraven_jobs.service import JobsService
from netraven_jobs.worker_service import WorkerService
from netraven_monitor.service import MonitorService
from tests.jobs.running import Running, running
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

SETTINGS = {"NETRAVEN_WORKER_CAPACITY": "10", "NETRAVEN_SITE_LIMIT": "0"}


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

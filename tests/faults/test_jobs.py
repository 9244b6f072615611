"""A backup of many devices while a worker, the jobs service, the gateway or the broker is killed: every
device ends once, nothing stays open, and whoever follows the log has it as it is stored.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from eventlet import tpool
from pymongo.database import Database

from lab.device import Spec
from lab.fleet import many
from lab.manners import Login, Manners
from lab.process import LabProcess
from netraven_chassis import mongo
from tests.faults.conftest import World
from tests.faults.log_checks import assert_logs_are_sound
from tests.gateway.log_house import Client

LOGIN = Login("netops", "right-Passw0rd", "En4ble-word")
SLOW = Manners(slow=0.05)  # so that sessions are open when it happens

Json = dict[str, Any]


class Fleet:
    """Devices of one kind in the lab and in the inventory; `ids` are theirs."""

    def __init__(self, world: World, lab: LabProcess, count: int) -> None:
        self.api, self.lab = world.api, lab
        kind = Spec("d", "cisco_ios", "", LOGIN, port=0)
        self.specs = list(many(count, kind, "127.79"))
        ports: dict[str, int] = tpool.execute(lab.serve, self.specs, {one.name: SLOW for one in self.specs})
        rows = [
            {"name": one.name, "ip_address": one.address, "device_type": "switch", "location": "lab"}
            | {"platform": one.platform, "port": ports[one.name]}
            for one in self.specs
        ]
        assert self.api("POST", "/devices/bulk", rows)[0] == 200
        found = self.api.until(200, "GET", f"/devices?size={count}&platform={kind.platform}")["data"]
        self.ids: list[str] = [one["id"] for one in found]
        world.made |= {one["id"]: one["ip_address"] for one in found}
        secret = {"password": LOGIN.password, "enable": LOGIN.enable}
        body = {"name": "all", "username": LOGIN.username, "method": "ssh", "secret": secret}
        assert self.api("POST", "/credentials", body)[0] == 201

    def open_sessions(self) -> int:
        """How many sessions are open on all of them together."""
        return sum(tpool.execute(self.lab.sessions, one.name) for one in self.specs)


@pytest.fixture(scope="module")
def fleet(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """As many devices as the largest job wants."""
    with LabProcess(tmp_path_factory.mktemp("lab")) as lab:
        yield Fleet(world, lab, max(count for count, _ in BREAKS.values()))


def follow(world: World, job: str) -> list[Json]:
    """The entries that a client sees that comes back after every break until it is told the end."""
    seen: list[Json] = []
    while True:
        with contextlib.suppress(OSError, EOFError):
            resumed = {"Last_Event_ID": str(seen[-1]["seq"])} if seen else {}
            path = f"/logs/stream?job_id={job}"
            client = Client(world.system.url, path, world.api.token, timeout=20, **resumed)
            while client.status == 200 and (event := client.next()) is not None:
                if event[0] == "log":
                    seen.append(event[2])
                elif event[0] == "end":
                    return seen
        eventlet.sleep(0.1)


def kill(service: str) -> Callable[[World], None]:
    """One process of the service is killed, and comes back."""

    def step(world: World) -> None:
        instance = world.system.of(service)[0]
        instance.kill()
        eventlet.sleep(1)
        instance.begin()
        instance.wait_ready()

    return step


def restart_broker(world: World) -> None:
    world.broker.stop()
    eventlet.sleep(1)
    world.broker.start()


def restart_database(world: World) -> None:
    world.database.stop()
    eventlet.sleep(3)
    world.database.start()


BREAKS = {
    "worker": (200, kill("worker")),
    "jobs": (60, kill("jobs")),
    "gateway": (60, kill("gateway")),
    "broker": (60, restart_broker),
    "database": (60, restart_database),
}


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.parametrize(("count", "break_it"), BREAKS.values(), ids=BREAKS)
def test_every_device_ends_once_and_the_log_is_seen_whole(
    world: World, fleet: Fleet, count: int, break_it: Callable[[World], None]
) -> None:
    status, answer, _ = world.api("POST", "/jobs", {"type": "backup", "devices": fleet.ids[:count]})
    assert status == 201, answer
    job = answer["data"]["id"]
    reader = eventlet.spawn(follow, world, job)
    path = f"/jobs/{job}"
    while world.api.until(200, "GET", path)["data"]["counts"]["succeeded"] < count // 5:
        eventlet.sleep(0.1)
    break_it(world)
    seen = reader.wait()
    assert fleet.open_sessions() == 0

    done = world.api.until(200, "GET", path)["data"]
    failed = world.api.until(200, "GET", f"{path}/devices?status=failed&size=1000")["data"]
    assert [(one["name"], one["error_class"], one["message"]) for one in failed] == []
    assert (done["status"], done["counts"]["succeeded"]) == ("succeeded", count), done
    with written(world) as jobs:
        stored = [(row["seq"], row["_id"], row["message"]) for row in jobs["logs"].find({"job_id": job})]
        assert [(entry["seq"], entry["id"], entry["message"]) for entry in seen] == sorted(stored)
        assert_each_ended_once(jobs, job, count)
    assert [entry["seq"] for entry in seen] == list(range(1, len(seen) + 1))
    assert_logs_are_sound(world)


@contextlib.contextmanager
def written(world: World) -> Iterator[Database[Json]]:
    """What the jobs service and the workers have written."""
    client = mongo.connect(world.database.uri)
    try:
        yield client[f"{world.prefix}_jobs"]
    finally:
        client.close()


def assert_each_ended_once(jobs: Database[Json], job: str, count: int) -> None:
    """One end of each device's task in the log of events, and one backup of each."""
    written = [event for row in jobs["commits"].find() for event in row["events"]]
    events = [event for event in written if event["d"].get("job_id") == job]
    ended = Counter(event["d"]["device_id"] for event in events if event["t"] == "TaskFinished")
    taken = Counter(event["d"]["device_id"] for event in events if event["t"] == "BackupTaken")
    assert len(ended) == len(taken) == count
    assert set(ended.values()) == set(taken.values()) == {1}

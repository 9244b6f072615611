"""What webhooks are told, from the real log: each event once for each webhook, and no text of a device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from pymongo.database import Database

from netraven_chassis import seals
from netraven_chassis.aggregate import Aggregate
from netraven_jobs import deliveries, webhooks
from netraven_jobs.announcing import Announcer
from netraven_jobs.job import JOB, CancelJob, FinishRun, RequestJob, StartRun
from netraven_jobs.scribe import Scribe
from netraven_jobs.task import TASK, FinishTask, TaskFinished
from tests.jobs.fleet import HOUR, START, Fleet, configuration

KEY = seals.make()
COUNTS = {"total": 1, "succeeded": 0, "failed": 1, "skipped": 0, "cancelled": 0}


@dataclass
class World:
    """A fleet and who announces what happens in it."""

    fleet: Fleet
    announcer: Announcer

    def webhook(self, name: str, *events: str) -> str:
        """A webhook that wants these events; its id."""
        sealed = KEY.public.seal(orjson.dumps("0123456789abcdef"))
        body = {"name": name, "url": "http://127.0.0.1:9/", "events": events, "encrypted_secret": sealed}
        reply = webhooks.create(self.fleet.asked(), KEY.public, body)
        return str(orjson.loads(reply.body)["id"])

    def told(self, webhook_id: str) -> list[dict[str, Any]]:
        """What it is told, once all is announced; the oldest first."""
        while self.announcer.look():
            pass
        rows = self.fleet.database[deliveries.DELIVERIES].find({"webhook_id": webhook_id})
        return sorted((orjson.loads(row["body"]) for row in rows), key=lambda news: news["at"])

    def handle(self, aggregate: Aggregate[Any], ident: str, *commands: Any) -> None:
        """Carry out these commands."""
        for command in commands:
            self.fleet.asked().handle(aggregate, ident, command)


@pytest.fixture
def world(database: Database[dict[str, Any]]) -> Iterator[World]:
    fleet = Fleet(database)
    fleet.core.aggregates.update({"job": JOB, "task": TASK})
    scribe = Scribe()
    yield World(fleet, Announcer(fleet.asked(), scribe))
    scribe.close()


def test_a_change_is_told_with_its_size_and_where_to_look(world: World) -> None:
    webhook = world.webhook("chat", "configuration.changed")
    device = world.fleet.device("core-1")
    first = world.fleet.backup(device, configuration("vlan 1", uptime=1), START)
    world.fleet.backup(device, configuration("vlan 1", uptime=2), START + HOUR)
    second = world.fleet.backup(device, configuration("vlan 2", "vlan 3", uptime=3), START + 2 * HOUR)
    (news,) = world.told(webhook)
    assert news["event"] == "configuration.changed" and len(news["id"]) == 24
    data = news["data"]
    assert (data["device_name"], data["backup_id"], data["previous_id"]) == ("core-1", second, first)
    assert (data["added"], data["removed"], data["secrets_changed"]) == (2, 1, False)
    assert data["links"]["diff"] == f"/api/backups/{second}/diff"
    assert "vlan" not in orjson.dumps(news).decode() and "canary" not in orjson.dumps(news).decode()


def test_a_change_of_nothing_but_a_secret_is_told_as_that(world: World) -> None:
    webhook = world.webhook("chat", "configuration.changed")
    device = world.fleet.device("core-1")
    world.fleet.backup(device, configuration(), START)
    world.fleet.backup(device, configuration(uptime=2).replace("hunter2", "hunter3"), START + HOUR)
    (news,) = world.told(webhook)
    data = news["data"]
    assert (data["added"], data["removed"], data["secrets_changed"]) == (0, 0, True)
    assert "hunter" not in orjson.dumps(news).decode()


def test_the_first_backup_is_a_change_in_lists_and_no_news(world: World) -> None:
    webhook = world.webhook("chat", "configuration.changed")
    first = world.fleet.backup(world.fleet.device("core-1"), configuration("vlan 1"), START)
    row = world.fleet.asked().collection("backups").find_one({"_id": first})
    assert row is not None and (row["changed"], row["previous_id"]) == (True, None)
    assert world.told(webhook) == []


def test_a_failed_device_and_the_end_of_its_job_are_told(world: World) -> None:
    webhook = world.webhook("chat", "task.failed", "job.finished")
    device, job = world.fleet.device("core-1"), "a" * 24
    writer = world.fleet.core.generations.writer()
    writer.put("jobs", job, 1, {"type": "backup", "name": "nightly"})
    writer.flush()
    failed = TaskFinished(job, device["id"], 1, 1, "failed", "AUTHENTICATION", 1200)
    fine = TaskFinished(job, device["id"], 1, 1, "succeeded", None, 800)
    world.handle(TASK, "t1", FinishTask(failed))
    world.handle(TASK, "t2", FinishTask(fine))
    ended = FinishRun(1, COUNTS)
    world.handle(JOB, job, RequestJob("backup", {"all": True}), StartRun(1, 1), ended)
    news = world.told(webhook)
    assert [one["event"] for one in news] == ["task.failed", "job.finished"]
    assert news[0]["data"]["error_class"] == "AUTHENTICATION" and news[0]["data"]["job_type"] == "backup"
    assert news[0]["data"]["device_name"] == "core-1"
    assert (news[1]["data"]["status"], news[1]["data"]["job_name"]) == ("failed", "nightly")
    assert news[1]["data"]["counts"] == COUNTS


def test_a_job_that_never_began_is_over_too(world: World) -> None:
    webhook = world.webhook("chat", "job.finished")
    world.handle(JOB, "b" * 24, RequestJob("backup", {"all": True}), CancelJob())
    (news,) = world.told(webhook)
    assert news["data"]["status"] == "cancelled"


def test_each_webhook_is_told_what_it_wants_since_it_is_there(world: World) -> None:
    device = world.fleet.device("core-1")
    world.fleet.backup(device, configuration("vlan 1"), START)
    world.fleet.backup(device, configuration("vlan 2"), START + HOUR)
    one, two = world.webhook("one", "configuration.changed"), world.webhook("two", "job.finished")
    late = world.webhook("late", "configuration.changed")
    world.fleet.backup(device, configuration("vlan 3"), START + 2 * HOUR)
    assert len(world.told(one)) == len(world.told(late)) == 1
    assert world.told(one)[0]["id"] == world.told(late)[0]["id"]
    assert world.told(two) == []


def test_two_who_announce_the_same_tell_it_once(world: World) -> None:
    webhook = world.webhook("chat", "configuration.changed")
    device = world.fleet.device("core-1")
    for hour, line in enumerate(("vlan 1", "vlan 2", "vlan 1")):
        world.fleet.backup(device, configuration(line), START + hour * HOUR)
    other = Announcer(world.fleet.asked(), world.announcer._scribe)
    assert world.announcer.look() > 0 and other.look() == 0
    other._checkpoint.reset()
    while other.look():
        pass
    assert len(world.told(webhook)) == 2

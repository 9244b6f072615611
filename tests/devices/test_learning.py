"""What jobs find out and try, followed from a real log of jobs: facts in devices, rates of credentials."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.batch import Batch
from netraven_chassis.bound import BoundStore, reaction_context
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Context
from netraven_chassis.follow import Follower
from netraven_chassis.views import ViewSet
from netraven_contracts import task_events
from netraven_devices import credentials, learning, queries, record
from netraven_devices.device import DEVICE, RemoveDevice
from tests.devices.conftest import MonitorLog, Ticks, asker, opened
from tests.devices.inventory import registered
from tests.devices.keyring import made, shown

FACTS = {"serial": "FDO1", "model": "C9300", "os_version": "17.9.4a", "interfaces": None}
PORT = {"name": "Gi0/1", "ip_address": "10.0.0.1", "mac_address": "001a.2b3c.4d5e", "link_up": True}


@dataclass(frozen=True, slots=True)
class CredentialAttempted:
    """A log-in was tried."""

    credential_id: str
    device_id: str
    secret_version: int
    outcome: str
    job_id: str


@dataclass(frozen=True, slots=True)
class FactsCollected:
    """What a device said of itself."""

    device_id: str
    serial: str | None
    model: str | None
    os_version: str | None
    interfaces: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Tell:
    """Let these events be so."""

    events: Sequence[Any]


TASK: Aggregate[int] = Aggregate(
    "task",
    0,
    lambda _state, tell: tell.events,
    lambda state, _event: state,
    (CredentialAttempted, FactsCollected),
)


class Jobs:
    """The log of jobs, in a database of its own."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.core = Core("jobs", database, [TASK], ViewSet(), SystemClock(), lambda *_: None)  # type: ignore[arg-type]
        self.core.prepare()

    def say(self, *events: Any) -> None:
        context = Context({"id": "worker", "name": "worker"}, secrets.token_hex(8), "request-9", None, None)
        BoundStore(self.core, context).handle(TASK, secrets.token_hex(12), Tell(events))

    def pull(self, source: str, after: int) -> Batch:
        return self.core.range(after) if source == "jobs" else MonitorLog().pull(source, after)


@pytest.fixture
def jobs(database: Database[dict[str, Any]]) -> Iterator[Jobs]:
    beside = database.client[f"{database.name}_jobs"]
    yield Jobs(beside)
    database.client.drop_database(beside)


@pytest.fixture
def inventory(database: Database[dict[str, Any]], jobs: Jobs) -> Core:
    log = MonitorLog()
    log.pull = jobs.pull  # type: ignore[method-assign]
    return opened(database, Ticks(), log)


@pytest.fixture
def learner(inventory: Core) -> Follower:
    """The reaction, as the service has it."""

    def react(commit: Commit) -> None:
        context = reaction_context("devices", "jobs", "log", commit.position, commit.request_id)
        learning.learn_facts(BoundStore(inventory, context), commit)

    return inventory.react("jobs", react)


@pytest.fixture
def asked(inventory: Core) -> Callable[..., BoundStore]:
    return asker(inventory)


def facts(device: dict[str, Any], **told: Any) -> FactsCollected:
    return FactsCollected(device["id"], **{**FACTS, **told})


def test_what_is_collected_stands_in_the_device_and_its_history(
    jobs: Jobs, learner: Follower, asked: Callable[..., BoundStore]
) -> None:
    device = registered(asked())
    jobs.say(facts(device, interfaces=[PORT]))
    learner.catch_up()
    found = queries.device(asked(), device["id"])
    assert [found[name] for name in ("serial", "model", "os_version")] == ["FDO1", "C9300", "17.9.4a"]
    assert [(row["name"], row["mac_address"], row["speed_mbps"]) for row in found["interfaces"]] == [
        ("Gi0/1", "00:1a:2b:3c:4d:5e", None)
    ]
    entries, _ = record.of_device(asked(), device["id"], 1, 25)
    assert [entry["event"] for entry in entries[:2]] == ["DeviceFactsLearned", "DeviceInterfacesLearned"]
    assert {(entry["actor"]["name"], entry["request_id"]) for entry in entries[:2]} == {
        ("devices", "request-9")
    }


def test_the_same_commit_again_and_the_same_facts_again_change_nothing(
    jobs: Jobs, learner: Follower, asked: Callable[..., BoundStore]
) -> None:
    device = registered(asked())
    jobs.say(facts(device))
    learner.catch_up()
    version = asked().load(DEVICE, device["id"]).version
    learner.begin_anew()
    jobs.say(facts(device))
    learner.catch_up()
    assert (asked().load(DEVICE, device["id"]).version, learner.position) == (version, 2)


def test_what_a_device_did_not_say_stays_as_it_was(
    jobs: Jobs, learner: Follower, asked: Callable[..., BoundStore]
) -> None:
    device = registered(asked(), serial="OLD", interfaces=[PORT])
    jobs.say(facts(device, serial=None))
    learner.catch_up()
    found = queries.device(asked(), device["id"])
    assert (found["serial"], found["model"], len(found["interfaces"])) == ("OLD", "C9300", 1)


def test_what_cannot_be_kept_is_left_out_and_the_rest_is_learned(
    jobs: Jobs, learner: Follower, asked: Callable[..., BoundStore]
) -> None:
    device = registered(asked())
    jobs.say(facts(device, serial="x" * 500, interfaces=[{**PORT, "speed_mbps": -1}, PORT, {"strange": 1}]))
    learner.catch_up()
    found = queries.device(asked(), device["id"])
    assert (found["serial"], found["model"], len(found["interfaces"])) == (None, "C9300", 1)


def test_facts_of_a_device_that_is_gone_block_nobody(
    jobs: Jobs, learner: Follower, asked: Callable[..., BoundStore]
) -> None:
    gone, stays = registered(asked()), registered(asked())
    asked().handle(DEVICE, gone["id"], RemoveDevice())
    jobs.say(facts(gone))
    jobs.say(facts(stays))
    learner.catch_up()
    assert queries.device(asked(), stays["id"])["serial"] == "FDO1"
    assert learner.report() | {"name": ""} == {"name": "", "position": 2, "lag": 0, "parked": 0, "errors": []}


def test_the_success_rate_moves_with_each_attempt_in_the_log(
    jobs: Jobs, inventory: Core, asked: Callable[..., BoundStore]
) -> None:
    first, second = (made(asked(), name)["id"] for name in ("wrong", "right"))
    assert shown(asked(), first)["success_rate"] is None
    tried = partial(CredentialAttempted, device_id="d" * 24, secret_version=1, job_id="j" * 24)
    jobs.say(tried(first, outcome="authentication"), tried(second, outcome="success"))
    inventory.followers()["jobs"].catch_up()
    rates = [shown(asked(), one)["success_rate"] for one in (first, second)]
    assert rates == [0.0, 100.0]
    jobs.say(tried(first, outcome="success"))
    inventory.followers()["jobs"].catch_up()
    inventory.followers()["jobs"].catch_up()
    now = shown(asked(), first)
    assert (now["success_rate"], now["attempts"]) == (50.0, 2) and now["last_used"]
    assert credentials.page(asked(), {"min_success": 60}, 1, 25, []).meta["total"] == 1


@pytest.mark.parametrize("event", [CredentialAttempted, FactsCollected])
def test_the_events_that_are_followed_have_the_fields_of_the_contract(event: type) -> None:
    fields = {field.name for field in dataclasses.fields(event)}
    assert fields == task_events.EVENTS[event.__name__]._declared_fields.keys()

"""The service over the bus, in memory and over RabbitMQ, beside the real monitor and real addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import eventlet
import pytest

from netraven_chassis.bus.client import Caller, Client
from netraven_contracts.devices import Device
from netraven_contracts.errors import (
    DuplicateIp,
    DuplicateName,
    InvalidDevice,
    NotFound,
    PreconditionFailed,
    Unavailable,
    ValidationFailed,
)
from netraven_devices.service import DevicesService
from netraven_monitor.service import MonitorService
from tests.devices.inventory import body
from tests.servers.mongod import Mongod
from tests.servers.services import connected, databases, running

ACTOR = {"id": "u1", "name": "ann", "role": "operator"}
NOBODY = "f" * 24


@pytest.fixture
def bus(either_bus: str, mongod: Mongod, settings_for: Callable[..., Any]) -> Iterator[str]:
    """A bus and a database prefix for this test alone."""
    with databases(mongod.uri) as prefix, connected(either_bus):
        own = {"MONGODB_URI": mongod.uri, "NETRAVEN_DATABASE_PREFIX": prefix}
        settings_for(**own, PING_ENABLED="false", PING_TIMEOUT_MS="1000")
        yield either_bus


@pytest.fixture
def start(bus: str) -> Iterator[Callable[..., object]]:
    """start(Service, …): they run until the test ends."""
    with ExitStack() as started:
        yield lambda *services: started.enter_context(running(*services))


@pytest.fixture
def devices(bus: str, start: Callable[..., object]) -> Iterator[Client]:
    """The running service, as the gateway calls it."""
    start(DevicesService)
    caller = Caller(bus, "test")
    caller.start()
    yield caller.client("devices", timeout=60, data={"actor": ACTOR})
    caller.stop()


def test_a_device_lives_and_ends(devices: Client) -> None:
    made = devices.raw("register", device=body(name="core-1", tags=["core"], create_missing_tags=True))
    device = devices.show(device_id=made.meta["location"].rsplit("/", 1)[1])
    assert set(device) == set(Device().fields)
    assert made.meta == {"etag": made.meta["etag"], "version": 1, "location": f"/api/devices/{device['id']}"}
    assert devices.raw("show", device_id=device["id"]).meta["etag"] == made.meta["etag"]
    changed = devices.change(device_id=device["id"], changes={"name": "core-2"}, if_match=1)
    assert (changed["name"], changed["version"], changed["tags"]) == ("core-2", 2, ["core"])
    listed = devices.raw("index", filters={"q": "CORE-2"}, page=1, size=25, sort=["-name"])
    assert listed.meta == {"total": 1}
    with pytest.raises(PreconditionFailed):
        devices.remove(device_id=device["id"], if_match=1)
    assert devices.remove(device_id=device["id"], if_match=2) is None
    for gone in (devices.show, devices.remove, devices.check_status):
        with pytest.raises(NotFound):
            gone(device_id=device["id"])


def test_errors_arrive_as_themselves(devices: Client) -> None:
    sent = body()
    devices.register(device=sent)
    with pytest.raises(DuplicateIp):
        devices.register(device=sent)
    with pytest.raises(ValidationFailed, match="A tag does not exist"):
        devices.register(device=body(tags=["nowhere"]))
    with pytest.raises(NotFound):
        devices.change(device_id=NOBODY, changes={"name": "x"})


def test_of_many_with_one_address_one_is_registered(devices: Client) -> None:
    calls = [devices.call_async("register", device=body(ip_address="192.0.2.7")) for _ in range(30)]
    outcomes = []
    for call in calls:
        try:
            outcomes.append(call.result()["ip_address"])
        except DuplicateIp:
            outcomes.append("duplicate")
    assert sorted(outcomes) == ["192.0.2.7"] + ["duplicate"] * 29
    assert devices.raw("index", filters={}, page=1, size=25, sort=[]).meta["total"] == 1


def test_tags_can_be_made_shown_and_listed(devices: Client) -> None:
    tag = devices.create_tag(tag={"name": "core"})
    assert devices.show_tag(tag_id=tag["id"]) == tag
    with pytest.raises(DuplicateName):
        devices.create_tag(tag={"name": "Core"})
    devices.register(device=body(tags=["core"]))
    (listed,) = devices.index_tags(filters={}, page=1, size=25, sort=[])
    assert listed == {**tag, "device_count": 1}


def test_pulses_are_taken_in_by_the_thousand(devices: Client) -> None:
    device = devices.register(device=body())
    samples = [[f"{number:024x}", 1_767_323_045_000, 0.5] for number in range(2000)]
    devices.pulse(samples=[*samples, [device["id"], 1_767_323_045_678, 1.25]])
    shown = devices.show(device_id=device["id"])
    assert (shown["last_ping"], shown["latency_ms"]) == ("2026-01-02T03:04:05.678Z", 1.25)


def test_a_check_without_a_monitor_is_no_answer_and_no_verdict(devices: Client) -> None:
    device = devices.register(device=body(ip_address="127.0.0.1"))
    with pytest.raises(Unavailable):
        devices.check_status(device_id=device["id"])
    assert devices.show(device_id=device["id"]) == device


def test_a_check_pings_and_shows_what_it_found(devices: Client, start: Callable[..., object]) -> None:
    start(MonitorService)
    device = devices.register(device=body(ip_address="127.0.0.77"))
    answer = devices.check_status(device_id=device["id"])
    ping, shown = answer["ping"], answer["device"]
    assert ping["status"] == shown["status"] == "online"
    assert 0 < ping["latency_ms"] == shown["latency_ms"] < 1000
    assert ping["timestamp"] == shown["last_ping"] == shown["status_since"]
    assert shown == devices.show(device_id=device["id"])
    again = devices.check_status(device_id=device["id"])
    assert again["device"]["status_since"] == shown["status_since"] < again["device"]["last_ping"]


def test_a_statement_stands_until_the_next_verdict(devices: Client, start: Callable[..., object]) -> None:
    start(MonitorService)
    device = devices.register(device=body(ip_address="127.0.0.78", status="offline"))
    eventlet.sleep(1.0)
    assert devices.show(device_id=device["id"])["status"] == "offline"
    assert devices.check_status(device_id=device["id"])["device"]["status"] == "online"


def test_an_address_that_no_machine_can_have_is_not_pinged(devices: Client) -> None:
    # The API lets none through: one like it can only come from an older log.
    device = devices.register(device=body(ip_address="224.0.0.5"))
    with pytest.raises(InvalidDevice, match="cannot be pinged"):
        devices.check_status(device_id=device["id"])

"""The running service, in memory and over RabbitMQ, beside the real devices service and a real host."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import eventlet
import pytest
from nameko.containers import ServiceContainer

from netraven_chassis.bus.client import Caller, Client
from netraven_contracts.errors import InvalidDevice, NotFound, StatusCheckFailed
from netraven_devices.service import DevicesService
from netraven_monitor import lapse
from netraven_monitor.icmp_socket import IcmpSocket, NoSocket
from netraven_monitor.service import MonitorService
from tests.monitor.hosts import Host, needs_namespaces
from tests.monitor.hosts import host as host
from tests.patience import until
from tests.servers.mongod import Mongod
from tests.servers.services import connected, databases, running

ACTOR = {"id": "u1", "name": "ann", "role": "operator"}


@dataclass
class System:
    """Two services on one bus, and clients of both."""

    uri: str
    devices: Client
    monitor: Client

    def register(self, address: str, **fields: Any) -> str:
        """A new device's id."""
        name = f"device at {address}"
        body = {"name": name, "ip_address": address, "device_type": "router", "location": "here", **fields}
        return str(self.devices.register(device=body)["id"])

    def status(self, device_id: str) -> str:
        """What clients see."""
        return str(self.devices.show(device_id=device_id)["status"])

    def news(self, device_id: str) -> list[str]:
        """The monitor's events about a device."""
        commits = self.monitor.log_range(after=0)["commits"]
        mine = [commit for commit in commits if commit["stream"] == f"watch-{device_id}"]
        return [event["t"] for commit in mine for event in commit["events"]]


@pytest.fixture
def system(
    either_bus: str, mongod: Mongod, settings_for: Callable[..., Any]
) -> Iterator[Callable[..., System]]:
    """system(PING_…=…): both services run with these settings until the test ends, or `until_then`."""
    with databases(mongod.uri) as prefix, connected(either_bus), ExitStack() as test:

        def run(until_then: ExitStack = test, **overrides: str) -> System:
            base = {"PING_TIMEOUT_MS": "400", "PING_INTERVAL_SECONDS": "0.4"}
            settings_for(MONGODB_URI=mongod.uri, NETRAVEN_DATABASE_PREFIX=prefix, **(base | overrides))
            until_then.enter_context(running(DevicesService, MonitorService))
            caller = Caller(either_bus, "test")
            caller.start()
            until_then.callback(caller.stop)
            clients = (
                caller.client(name, timeout=60, data={"actor": ACTOR}) for name in ("devices", "monitor")
            )
            return System(either_bus, *clients)

        yield run


@needs_namespaces
def test_a_host_goes_down_and_comes_back_and_clients_see_it(
    system: Callable[..., System], host: Host
) -> None:
    running = system()
    device_id = running.register(host.address)
    until(lambda: running.status(device_id) == "online", 20)
    until(lambda: running.devices.show(device_id=device_id)["latency_ms"] is not None)
    host.down()
    until(lambda: running.status(device_id) == "offline", 20)
    host.up()
    until(lambda: running.status(device_id) == "online", 20)
    assert running.news(device_id) == ["DeviceWentOnline", "DeviceWentOffline", "DeviceWentOnline"]


@needs_namespaces
def test_one_lost_packet_changes_nothing(system: Callable[..., System], host: Host) -> None:
    host.respond(n3="nothing")
    # The host is a process too: a busy machine may keep it from more answers than the one.
    running = system(PING_MISSES_DOWN="100")
    device_id = running.register(host.address)
    until(lambda: running.status(device_id) == "online", 20)

    def lost() -> int:
        samples = running.monitor.samples(device_id=device_id)
        return sum(sample["latency_ms"] is None for sample in samples[:-2])

    until(lambda: lost() >= 1, 20)
    assert running.status(device_id) == "online"
    assert running.news(device_id) == ["DeviceWentOnline"]


def test_a_new_device_does_not_wait_for_its_turn(system: Callable[..., System]) -> None:
    running = system(PING_INTERVAL_SECONDS="600")
    eventlet.sleep(0.5)
    device_id = running.register("127.0.0.1")
    until(lambda: running.status(device_id) == "online", 10)
    assert running.news(device_id) == ["DeviceWentOnline"]


def test_a_check_by_hand_works_with_the_rounds_switched_off(system: Callable[..., System]) -> None:
    running = system(PING_ENABLED="false")
    device_id = running.register("127.0.0.1")
    assert running.monitor.state() == {"ping_enabled": False, "reason": "PING_ENABLED is off"}
    eventlet.sleep(0.5)
    assert running.news(device_id) == []
    told = running.devices.check_status(device_id=device_id)
    assert (told["ping"]["status"], told["device"]["status"]) == ("online", "online")
    assert running.news(device_id) == ["DeviceWentOnline"]
    with pytest.raises(InvalidDevice):
        running.monitor.check(device_id=device_id, ip_address="nowhere")


def test_with_the_rounds_switched_off_nobody_stays_online_for_ever(
    system: Callable[..., System], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lapse, "LEAST_MS", 500)
    with ExitStack() as pinging:
        running = system(pinging)
        device_id = running.register("127.0.0.1")
        until(lambda: running.status(device_id) == "online", 20)
    idle = system(PING_ENABLED="false")
    until(lambda: idle.status(device_id) == "unknown", 30)


def test_without_a_socket_it_runs_and_says_why_it_does_not_ping(
    system: Callable[..., System], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> IcmpSocket:
        raise NoSocket("no ICMP socket is permitted")

    monkeypatch.setattr("netraven_monitor.engine.open_icmp", refused)
    running = system()
    device_id = running.register("127.0.0.1")
    assert running.monitor.state() == {"ping_enabled": False, "reason": "no ICMP socket is permitted"}
    with pytest.raises(StatusCheckFailed, match="no ICMP socket is permitted"):
        running.monitor.check(device_id=device_id, ip_address="127.0.0.1")
    assert running.news(device_id) == []


def test_a_stated_status_stands_until_the_rounds_know_better(system: Callable[..., System]) -> None:
    running = system(PING_ANSWERS_UP="3")
    device_id = running.register("127.0.0.1", status="offline")
    until(lambda: running.status(device_id) == "online", 20)
    assert running.news(device_id) == ["DeviceStatusAdopted", "DeviceWentOnline"]
    told = running.monitor.availability(device_id=device_id)
    assert told["offline_ms"] > 0
    assert told["online_ms"] > 0


def test_a_removed_device_is_left_alone(system: Callable[..., System]) -> None:
    running = system()
    device_id = running.register("127.0.0.1")
    until(lambda: running.status(device_id) == "online", 20)
    running.devices.remove(device_id=device_id)
    other = running.register("127.0.0.2")
    until(lambda: running.status(other) == "online", 20)
    with pytest.raises(NotFound):
        running.monitor.samples(device_id=device_id)
    assert running.news(device_id) == ["DeviceWentOnline"]


def test_it_says_that_it_pings_and_stops_at_once_when_told(
    system: Callable[..., System],
) -> None:
    running = system()
    for n in range(1, 21):
        running.register(f"127.0.0.{n}")
    assert running.monitor.state() == {"ping_enabled": True, "reason": None}
    second = ServiceContainer(MonitorService)
    second.start()
    eventlet.sleep(0.5)
    begun = time.monotonic()
    second.stop()
    assert time.monotonic() - begun < 60
    assert not second._managed_threads

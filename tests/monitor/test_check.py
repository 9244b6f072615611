"""A check by hand is a whole burst and decides at once."""

from __future__ import annotations

import time

import pytest

from netraven_contracts.errors import InvalidDevice, StatusCheckFailed
from netraven_monitor import check as room
from netraven_monitor.check import check
from netraven_monitor.engine import Engine
from netraven_monitor.icmp_socket import IcmpSocket, NoSocket
from netraven_monitor.monitoring import Monitoring
from netraven_monitor.sweep import BURST, BURST_SPACING, Plan
from tests.monitor.hosts import Host, needs_namespaces
from tests.monitor.hosts import host as host
from tests.monitor.rig import Rig, device_ids

(ONE,) = device_ids(1)


def monitoring(rig: Rig, engine: Engine | None = None, timeout: float = 0.5) -> Monitoring:
    return Monitoring(engine or rig.engine, Plan(timeout=timeout), rig.samples, dict)


def test_an_answer_makes_it_online_and_says_where_the_news_is(rig: Rig) -> None:
    before = rig.clock.now()
    told = check(monitoring(rig), rig.store(), ONE, "127.0.0.1")
    assert told["status"] == "online"
    assert told["latency_ms"] > 0
    assert before <= told["timestamp"] <= rig.clock.now()
    assert told["position"] == rig.core.log.head() == 1
    assert rig.news(ONE) == ["DeviceWentOnline"]


def test_a_second_one_is_no_news_but_a_sample(rig: Rig) -> None:
    check(monitoring(rig), rig.store(), ONE, "127.0.0.1")
    assert check(monitoring(rig), rig.store(), ONE, "127.0.0.1")["position"] == 0
    now = rig.clock.now()
    assert len(rig.samples.of(ONE, now - 600_000, now + 1, 10)) == 2


def test_what_was_just_stated_comes_before_the_verdict(rig: Rig) -> None:
    (device_id,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    check(monitoring(rig), rig.store(), device_id, "127.0.0.1")
    rig.inventory.change(device_id, shown="online", status="offline")
    told = check(monitoring(rig), rig.store(), device_id, "127.0.0.1")
    assert told["status"] == "online" and told["position"] > 0
    assert rig.news(device_id) == ["DeviceWentOnline", "DeviceStatusAdopted", "DeviceWentOnline"]


@needs_namespaces
def test_silence_throughout_the_burst_makes_it_offline_at_once(rig: Rig, host: Host) -> None:
    check(monitoring(rig), rig.store(), ONE, "127.0.0.1")
    told = check(monitoring(rig), rig.store(), ONE, host.absent)
    assert (told["status"], told["latency_ms"]) == ("offline", None)
    assert rig.news(ONE) == ["DeviceWentOnline", "DeviceWentOffline"]


@needs_namespaces
def test_one_answer_of_the_burst_is_enough(rig: Rig, host: Host) -> None:
    host.respond(n0="nothing", n1="nothing")
    patient = monitoring(rig, timeout=60.0)
    assert check(patient, rig.store(), ONE, host.address)["status"] == "online"


@needs_namespaces
def test_nobody_waits_longer_than_a_call_may_take(
    rig: Rig, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BURST * BURST_SPACING + room.LONGEST_TIMEOUT < 3.5
    monkeypatch.setattr(room, "LONGEST_TIMEOUT", 0.3)
    begun = time.monotonic()
    check(monitoring(rig, timeout=60.0), rig.store(), ONE, host.absent)
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("address", ["router.example", "10.0.0", "", "::1", "0x7f.1"])
def test_what_is_no_ipv4_address_is_an_invalid_device(rig: Rig, address: str) -> None:
    with pytest.raises(InvalidDevice):
        check(monitoring(rig), rig.store(), ONE, address)
    assert rig.news(ONE) == []


def test_not_being_able_to_ask_says_nothing_about_the_device(rig: Rig) -> None:
    def no_socket() -> IcmpSocket:
        raise NoSocket("no ICMP socket is permitted")

    with pytest.raises(StatusCheckFailed, match="no ICMP socket is permitted"):
        check(monitoring(rig, Engine(opener=no_socket)), rig.store(), ONE, "127.0.0.1")

    def torn() -> IcmpSocket:
        raise OSError(5, "Input/output error")

    with pytest.raises(StatusCheckFailed, match="Input/output error"):
        check(monitoring(rig, Engine(opener=torn)), rig.store(), ONE, "127.0.0.1")
    with pytest.raises(StatusCheckFailed, match="Permission denied"):
        check(monitoring(rig), rig.store(), ONE, "255.255.255.255")
    assert rig.news(ONE) == []

"""A check of many devices is one sweep that decides about each."""

from __future__ import annotations

import pytest

from netraven_contracts.errors import StatusCheckFailed
from netraven_monitor.check_many import check_many
from netraven_monitor.engine import Engine
from netraven_monitor.icmp_socket import IcmpSocket, NoSocket
from netraven_monitor.monitoring import Monitoring
from netraven_monitor.sweep import Plan
from tests.monitor.hosts import Host, needs_namespaces
from tests.monitor.hosts import host as host
from tests.monitor.rig import Rig, device_ids


def monitoring(rig: Rig, engine: Engine | None = None) -> Monitoring:
    return Monitoring(engine or rig.engine, Plan(timeout=0.5), rig.samples, dict)


def test_each_is_decided_and_taken_down(rig: Rig) -> None:
    ids = device_ids(600)
    asked = [[ident, f"127.0.{number // 250}.{number % 250 + 1}"] for number, ident in enumerate(ids)]
    told = check_many(monitoring(rig), rig.store(), asked)
    assert set(told) == set(ids)
    assert {one["status"] for one in told.values()} == {"online"}
    assert all(one["latency_ms"] > 0 and one["reason"] is None for one in told.values())
    assert all(rig.news(ident) == ["DeviceWentOnline"] for ident in ids[::50])
    now = rig.clock.now()
    assert len(rig.samples.of(ids[-1], now - 600_000, now + 1, 10)) == 1


def test_nothing_to_ask_is_nothing(rig: Rig) -> None:
    assert check_many(monitoring(rig), rig.store(), []) == {}


@needs_namespaces
def test_silence_makes_one_offline_and_leaves_the_others(rig: Rig, host: Host) -> None:
    here, away = device_ids(2)
    told = check_many(monitoring(rig), rig.store(), [[here, "127.0.0.1"], [away, host.absent]])
    assert (told[here]["status"], told[away]["status"]) == ("online", "offline")
    assert told[away]["latency_ms"] is None
    assert rig.news(away) == ["DeviceWentOffline"]


def test_what_cannot_be_asked_is_unknown_and_decides_nothing(rig: Rig) -> None:
    good, bad, worse = device_ids(3)
    told = check_many(
        monitoring(rig),
        rig.store(),
        [[bad, "255.255.255.255"], [good, "127.0.0.1"], [worse, "router.example"]],
    )
    assert [told[one]["status"] for one in (good, bad, worse)] == ["online", "unknown", "unknown"]
    assert "could not be asked" in told[bad]["reason"]
    assert rig.news(bad) == rig.news(worse) == []


def test_asking_at_all_may_be_impossible(rig: Rig) -> None:
    def no_socket() -> IcmpSocket:
        raise NoSocket("no ICMP socket is permitted")

    with pytest.raises(StatusCheckFailed, match="no ICMP socket is permitted"):
        check_many(monitoring(rig, Engine(opener=no_socket)), rig.store(), [[device_ids(1)[0], "127.0.0.1"]])

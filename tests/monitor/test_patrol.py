"""Rounds over a real database with real pings: what comes up, what goes down, what is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eventlet.event import Event
from pymongo.errors import AutoReconnect

from netraven_contracts.errors import Unavailable
from netraven_monitor.engine import Answers, Engine
from netraven_monitor.icmp_socket import IcmpSocket, NoSocket
from netraven_monitor.lapse import LEAST_MS
from netraven_monitor.schedule import GROUPS, group_of, groups_of, shard_of
from netraven_monitor.watch import WATCH
from tests.monitor.hosts import host as host
from tests.monitor.rig import Rig
from tests.monitor.test_engine import longest_hold
from tests.patience import until


def loopback(count: int) -> list[str]:
    return [f"127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(1, count + 1)]


def no_socket() -> IcmpSocket:
    raise NoSocket("no ICMP socket is permitted")


class Counting(Engine):
    """The real engine, noting who was asked, and asking only when the test lets it."""

    def __init__(self, held: bool = False) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.let = Event()
        if not held:
            self.let.send()

    def sweep(self, targets: Any, **options: Any) -> Answers:
        self.asked.append(list(targets))
        self.let.wait()
        return super().sweep(targets, **options)


def test_the_first_round_finds_everybody_online_and_tells_the_devices(rig: Rig) -> None:
    ids = rig.inventory.register(loopback(300))
    rig.follow()
    rig.round()
    assert rig.statuses() == dict.fromkeys(ids, "online")
    assert {device_id for device_id, _, _ in rig.pulses} == set(ids)
    assert all(latency is not None and latency > 0 for _, _, latency in rig.pulses)


def test_a_quiet_round_makes_no_event(rig: Rig) -> None:
    rig.inventory.register(loopback(50))
    rig.follow()
    rig.round()
    head = rig.core.log.head()
    rig.round()
    assert rig.core.log.head() == head == 50


def test_every_answer_is_a_sample(rig: Rig) -> None:
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    rig.round()
    rig.round()
    now = rig.clock.now()
    assert len(rig.samples.of(one, now - 60_000, now + 1, 10)) == 2


def test_what_cannot_be_asked_from_here_is_unknown_and_not_offline(rig: Rig) -> None:
    one, other = rig.inventory.register(["255.255.255.255", "127.0.0.1"])
    rig.follow()
    for _ in range(4):
        rig.round()
    assert rig.statuses() == {one: "unknown", other: "online"}
    assert rig.news(one) == []


def test_without_a_socket_the_reason_is_told_and_the_fleet_lapses(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(interval_ms=200)
    rig.patrol.renew()
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    rig.round()
    rig.sweeper._engine = Engine(opener=no_socket)
    rig.clock.ahead = 200
    rig.patrol.tick()
    until(lambda: rig.patrol.reason is not None)
    assert rig.patrol.reason == "no ICMP socket is permitted"
    rig.clock.ahead = LEAST_MS + 1_000
    rig.patrol.watch()
    (unknown,) = [c.events[0] for c in rig.store().load(WATCH, one).commits[1:]]
    assert (unknown.type, unknown.data["reason"]) == ("DeviceWentUnknown", "no ICMP socket is permitted")

    rig.sweeper._engine = Engine()
    rig.patrol.tick()
    until(lambda: rig.patrol.reason is None)


def test_a_socket_that_is_to_be_had_again_is_noticed_without_a_device_too(rig: Rig) -> None:
    rig.patrol.reason = "no ICMP socket is permitted"
    rig.patrol.watch()
    assert rig.patrol.reason is None


def test_ten_thousand_devices_are_not_asked_in_one_burst(make_rig: Callable[..., Rig]) -> None:
    engine = Counting()
    rig = make_rig(engine=engine, interval_ms=60_000, ttl_ms=600_000)
    # Before the planting: the first look makes up for a second at most, and that would be four turns.
    rig.clock.stop()
    rig.patrol.renew()
    rig.plant(loopback(10_000))
    for ahead in range(0, 2_000, 100):
        rig.clock.ahead = ahead
        rig.patrol.tick()
        until(lambda: not rig.patrol._busy)
    first_two_seconds = sum(len(targets) for targets in engine.asked)
    assert 100 < first_two_seconds < 10_000 / 30 * 2
    assert max(len(targets) for targets in engine.asked) < 200


def test_a_device_is_never_in_two_turns_at_once_and_late_turns_are_left_out(
    make_rig: Callable[..., Rig],
) -> None:
    engine = Counting(held=True)
    rig = make_rig(engine=engine, interval_ms=200)
    rig.patrol.renew()
    rig.inventory.register(["127.0.0.1"])
    rig.follow()
    for _ in range(5):
        rig.clock.ahead += 200
        rig.patrol.tick()
        until(lambda: engine.asked)
    engine.let.send()
    until(lambda: not rig.patrol._busy)
    assert engine.asked == [["127.0.0.1"]]
    rig.clock.ahead += 200
    rig.patrol.tick()
    until(lambda: not rig.patrol._busy)
    assert engine.asked == [["127.0.0.1"]] * 2


def test_two_instances_share_the_devices_without_overlap(make_rig: Callable[..., Rig]) -> None:
    one, two = make_rig(engine=Counting()), make_rig(engine=Counting())
    for each in (one, two, one, two):
        each.patrol.renew()
    ids = one.inventory.register(loopback(400))
    one.follow()
    for each in (one, two):
        each.round(groups_of(each.shards.held))
    asked = [{pulse[0] for pulse in each.pulses} for each in (one, two)]
    assert asked[0] | asked[1] == set(ids)
    assert asked[0] & asked[1] == set()
    assert min(len(part) for part in asked) > 100


def test_counts_of_devices_that_others_look_after_now_are_dropped(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.patrol.renew()
    ids = rig.inventory.register(["127.0.0.1"], status="offline")
    rig.follow()
    rig.round()
    assert list(rig.sweeper._streaks) == ids
    other = make_rig()
    for _ in range(2):
        other.patrol.renew()
        rig.patrol.renew()
    mine = shard_of(group_of(ids[0])) in rig.shards.held
    assert list(rig.sweeper._streaks) == (ids if mine else [])


def test_when_a_write_fails_the_next_look_makes_the_verdict_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()

    def away(_: object) -> list[object]:
        raise AutoReconnect("gone")

    monkeypatch.setattr(rig.recorder, "_handle", away)
    rig.round()
    assert rig.news(one) == []
    assert len(rig.pulses) == 1, "and keeps back nothing else"
    monkeypatch.setattr(rig.recorder, "_handle", rig.handle)
    rig.round()
    assert rig.news(one) == ["DeviceWentOnline"]


@pytest.mark.parametrize("fault", [AutoReconnect("the database is away"), ValueError("a fault of ours")])
def test_a_turn_that_fails_is_left_out_and_the_rounds_go_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()

    def broken() -> object:
        raise fault

    monkeypatch.setattr(rig.patrol._roster, "_view", broken)
    rig.patrol._guarded_turn([group_of(one)])
    monkeypatch.undo()
    rig.round()
    assert rig.statuses() == {one: "online"}


def test_a_quiet_round_over_ten_thousand_never_holds_the_hub_for_long(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(ttl_ms=600_000)
    rig.patrol.renew()
    rig.plant(loopback(10_000), status="online")
    rig.round()
    assert min(longest_hold(rig.round) for _ in range(3)) < 0.25
    assert rig.core.log.head() == 0, "and every round was a quiet one"


def test_verdicts_that_the_log_refuses_are_told_and_keep_nothing_back(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.inventory.register(["127.0.0.1"])
    rig.follow()
    monkeypatch.setattr(rig.recorder, "_handle", lambda some: [Unavailable("not in time")] * len(some))
    rig.round()
    assert len(rig.pulses) == 1


def test_a_stop_writes_down_what_was_found_and_frees_the_shards(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.patrol.renew()
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    rig.patrol.turn(range(GROUPS))
    rig.patrol.stop()
    assert rig.statuses() == {one: "online"}
    other = make_rig()
    other.patrol.renew()
    assert len(other.shards.held) == 16

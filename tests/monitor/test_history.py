"""What clients may ask about a device's past."""

from __future__ import annotations

import pytest

from netraven_chassis import snapshots
from netraven_chassis.clock import parse_iso
from netraven_contracts.errors import NotFound
from netraven_contracts.monitor import Availability, Sample
from netraven_monitor.history import availability_of, samples_of
from netraven_monitor.samples import Turn
from netraven_monitor.schedule import group_of
from netraven_monitor.watch import WATCH, RecordVerdict
from tests.monitor.rig import Rig, device_ids

HOUR = 3_600_000


@pytest.fixture
def one(rig: Rig) -> str:
    """A device that was online for an hour, offline for two, unknown for three, and is online since."""
    (device_id,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    now = rig.clock.now()
    for status, hours in (("online", 8), ("offline", 7), ("unknown", 5), ("online", 2)):
        rig.handle([RecordVerdict(device_id, status, now - hours * HOUR)])
    return device_id


def test_the_last_day_is_told_when_no_span_is_named(rig: Rig, one: str) -> None:
    told = availability_of(rig.store(), one, None, None)
    hours = [round(told[f"{status}_ms"] / HOUR) for status in ("online", "offline", "unknown")]
    assert hours == [3, 2, 19]
    assert told["ratio"] == pytest.approx(0.6, abs=0.001)
    assert Availability().validate(told) == {}


def test_time_that_lies_ahead_is_left_out(rig: Rig, one: str) -> None:
    now = rig.clock.now()
    told = availability_of(rig.store(), one, now - HOUR, now + 5 * HOUR)
    assert abs(told["online_ms"] - HOUR) < 60_000
    assert told["offline_ms"] == told["unknown_ms"] == 0


def test_an_end_far_ahead_is_the_present_and_a_start_long_ago_stays_a_time(rig: Rig, one: str) -> None:
    day, ahead = 24 * HOUR, parse_iso("9999-01-01")
    told = availability_of(rig.store(), one, None, ahead)
    assert parse_iso(told["to"]) - parse_iso(told["from"]) == day
    assert abs(parse_iso(told["to"]) - rig.clock.now()) < 60_000
    told = availability_of(rig.store(), one, parse_iso("0001-01-01"), None)
    assert told["from"] == "0001-01-01T00:00:00.000Z"
    assert Availability().validate(told) == {}


def test_a_span_in_the_past_is_exact(rig: Rig, one: str) -> None:
    now = rig.clock.now()
    told = availability_of(rig.store(), one, now - 7 * HOUR, now - 5 * HOUR)
    assert told["offline_ms"] > 2 * HOUR - 60_000
    assert parse_iso(told["to"]) - parse_iso(told["from"]) == 2 * HOUR


def test_samples_come_as_clients_see_them(rig: Rig, one: str) -> None:
    now = rig.clock.now()
    rig.samples.add(
        [Turn.of(now - 2, group_of(one), {one: 1.25}), Turn.of(now - 1, group_of(one), {one: None})]
    )
    told = samples_of(rig.samples, rig.store(), one, None, None, None)
    assert [sample["latency_ms"] for sample in told] == [1.25, None]
    assert [parse_iso(sample["timestamp"]) for sample in told] == [now - 2, now - 1]
    assert Sample(many=True).validate(told) == {}
    assert len(samples_of(rig.samples, rig.store(), one, None, None, 1)) == 1


def test_a_device_that_was_registered_a_moment_ago_is_known(rig: Rig) -> None:
    (device_id,) = rig.inventory.register(["127.0.0.1"])
    assert samples_of(rig.samples, rig.store(), device_id, None, None, None) == []


def test_a_device_that_nobody_knows_or_that_is_gone_is_not_found(rig: Rig, one: str) -> None:
    rig.inventory.remove(one)
    rig.follow()
    for device_id in (one, *device_ids(1)):
        with pytest.raises(NotFound):
            availability_of(rig.store(), device_id, None, None)
        with pytest.raises(NotFound):
            samples_of(rig.samples, rig.store(), device_id, None, None, None)


def test_a_device_that_has_gone_up_and_down_for_ever_is_told_of_as_exactly(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LONG", 4)
    (device_id,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    now = rig.clock.now()
    for number in range(30, 0, -1):
        status = "offline" if number % 3 else "online"  # two hours down, one up
        rig.handle([RecordVerdict(device_id, status, now - number * HOUR)])
    assert rig.store().load(WATCH, device_id).since > 0
    for hours in (3, 9, 27):
        told = availability_of(rig.store(), device_id, now - (hours + 1) * HOUR, now - HOUR)
        assert (told["online_ms"], told["offline_ms"]) == (hours // 3 * HOUR, hours // 3 * 2 * HOUR)

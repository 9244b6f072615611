"""Nobody looked: the status is unknown from the last look on, and that is what availability says."""

from __future__ import annotations

from collections.abc import Callable

from netraven_monitor.history import availability_of
from netraven_monitor.shards import Pool
from netraven_monitor.watch import WATCH, RecordVerdict
from tests.monitor.rig import Rig

HOUR = 3_600_000
INTERVAL = 60_000


def test_a_monitor_that_was_away_says_unknown_from_its_last_look_on(make_rig: Callable[..., Rig]) -> None:
    before = make_rig()
    before.patrol.renew()
    (one,) = before.inventory.register(["127.0.0.1"])
    before.follow()
    began = before.clock.now()
    before.round()
    looked = before.clock.now()
    before.patrol.stop()

    after = make_rig()
    after.clock.ahead = HOUR
    after.patrol.renew()
    assert after.statuses() == {one: "unknown"}
    assert after.news(one) == ["DeviceWentOnline", "DeviceWentUnknown"]
    assert began <= after.store().load(WATCH, one).state.as_of <= looked

    after.round()
    assert after.news(one) == ["DeviceWentOnline", "DeviceWentUnknown", "DeviceWentOnline"]
    told = availability_of(after.store(), one, looked - 10_000, looked + HOUR)
    assert told["offline_ms"] == 0
    assert abs(told["unknown_ms"] - HOUR) < 60_000


def test_a_short_absence_changes_nothing(make_rig: Callable[..., Rig]) -> None:
    before = make_rig()
    before.patrol.renew()
    (one,) = before.inventory.register(["127.0.0.1"])
    before.follow()
    before.round()
    before.patrol.stop()
    after = make_rig()
    after.clock.ahead = 2 * INTERVAL
    after.patrol.renew()
    assert after.news(one) == ["DeviceWentOnline"]


def test_a_device_that_was_never_looked_at_has_nothing_to_lose(rig: Rig) -> None:
    (one,) = rig.inventory.register(["127.0.0.1"], status="online")
    rig.follow()
    rig.clock.ahead = HOUR
    rig.patrol.watch()
    assert rig.news(one) == ["DeviceStatusAdopted"]


def test_what_was_found_out_by_hand_meanwhile_is_good_for_a_while(rig: Rig) -> None:
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    rig.round()
    rig.clock.ahead = HOUR
    rig.handle([RecordVerdict(one, "offline", rig.clock.now())])
    rig.patrol.watch()
    assert rig.statuses() == {one: "offline"}
    rig.clock.ahead = HOUR + 4 * INTERVAL
    rig.patrol.watch()
    assert rig.statuses() == {one: "unknown"}


def test_nobody_says_it_twice(rig: Rig) -> None:
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    rig.round()
    rig.clock.ahead = HOUR
    rig.patrol.watch()
    rig.patrol.watch()
    assert rig.news(one) == ["DeviceWentOnline", "DeviceWentUnknown"]


def test_the_devices_of_a_location_whose_monitor_died_are_unknown_and_not_offline(
    make_rig: Callable[..., Rig],
) -> None:
    free, bound = make_rig(), make_rig(pool=Pool(("Berlin",)))
    (here,) = free.inventory.register(["127.0.0.1"], location="here")
    (there,) = free.inventory.register(["127.0.0.2"], location="Berlin")
    free.follow()
    for one in (free, bound, free):
        one.patrol.renew()
    free.round()
    bound.round()
    assert free.statuses() == {here: "online", there: "online"}
    assert {pulse[0] for pulse in free.pulses} == {here}
    assert {pulse[0] for pulse in bound.pulses} == {there}

    bound.patrol.stop()
    free.clock.ahead = HOUR
    free.patrol.renew()
    free.round()
    free.patrol.watch()
    assert free.statuses() == {here: "online", there: "unknown"}

"""New devices are looked at soon, a few at a time, and only by the instance that looks after them."""

from __future__ import annotations

from collections.abc import Callable

from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_monitor.newcomers import AT_ONCE, ROOM, TRIES, Newcomers
from netraven_monitor.watch import WATCH
from tests.monitor.rig import Rig, device_ids


def heard(device_id: str, event: str = "DeviceRegistered") -> Commit:
    return Commit(f"device-{device_id}", 1, (Recorded(event, 1, {}),), 1, 1, {}, None, None, None, None)


def waiting(ids: list[str], ours: Callable[[str], bool] = lambda _: True) -> Newcomers:
    newcomers = Newcomers(ours, lambda: True)
    newcomers.hear([heard(device_id) for device_id in ids])
    return newcomers


def test_who_is_registered_is_next_and_who_was_seen_is_not() -> None:
    one, other = device_ids(2)
    newcomers = waiting([one, other])
    assert newcomers.next() == [one, other]
    newcomers.seen([one])
    assert newcomers.next() == [other]


def test_other_changes_make_nobody_new() -> None:
    newcomers = Newcomers(lambda _: True, lambda: True)
    newcomers.hear([heard(device_ids(1)[0], "DeviceRenamed")])
    assert newcomers.next() == []


def test_devices_of_other_instances_are_left_to_them() -> None:
    one, other = device_ids(2)
    assert waiting([one, other], lambda device_id: device_id == other).next() == [other]


def test_who_is_registered_before_it_is_known_whose_it_is_waits_for_that() -> None:
    one, other = device_ids(2)
    ours: set[str] = set()
    newcomers = Newcomers(ours.__contains__, lambda: bool(ours))
    newcomers.hear([heard(one), heard(other)])
    assert [newcomers.next() for _ in range(TRIES + 1)] == [[]] * (TRIES + 1)
    ours.add(other)
    assert newcomers.next() == [other]
    newcomers.seen([other])
    assert newcomers.next() == []


def test_an_import_of_thousands_is_no_burst_and_takes_no_more_room() -> None:
    newcomers = waiting(device_ids(5_000))
    seen = set()
    for _ in range(ROOM // AT_ONCE):
        some = newcomers.next()
        assert len(some) == AT_ONCE
        seen |= set(some)
        newcomers.seen(some)
    assert len(seen) == ROOM
    assert newcomers.next() == []


def test_who_never_shows_up_is_given_up() -> None:
    newcomers = waiting(device_ids(1))
    assert [len(newcomers.next()) for _ in range(TRIES + 1)] == [1] * TRIES + [0]


def test_a_new_device_has_its_status_before_its_turn(rig: Rig) -> None:
    old, new = rig.inventory.register(["127.0.0.1", "127.0.0.2"])
    rig.patrol.newcomers.hear([heard(new)])
    rig.patrol.welcome()
    rig.follow()
    rig.patrol.welcome()
    rig.patrol.write(0)
    assert rig.statuses() == {old: "unknown", new: "online"}


def test_a_look_at_newcomers_is_no_turn_of_their_group(rig: Rig) -> None:
    (new,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    rig.patrol.newcomers.hear([heard(new)])
    rig.patrol.welcome()
    rig.patrol.write(0)
    assert rig.database["marks"].count_documents({}) == 0


def test_what_is_known_already_is_not_asked_again(rig: Rig) -> None:
    (new,) = rig.inventory.register(["127.0.0.1"], status="offline")
    rig.follow()
    rig.patrol.newcomers.hear([heard(new)])
    rig.patrol.welcome()
    rig.patrol.write(0)
    assert rig.store().load(WATCH, new).state.status == "offline"

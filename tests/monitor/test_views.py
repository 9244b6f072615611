"""Whom to ask follows the devices' log; what stands follows our own. Twice, or in pieces, comes to the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netraven_chassis.eventlog.commit import Commit
from netraven_monitor.roster import Roster, Target
from netraven_monitor.schedule import GROUPS, group_of
from netraven_monitor.views import put_targets
from netraven_monitor.watch import RecordVerdict
from tests.monitor.rig import Rig


def asked(rig: Rig, groups: Sequence[int] = range(GROUPS), **only: Any) -> list[Target]:
    """Whom a monitor that begins now would ask."""
    roster = Roster(lambda: rig.core.generations.collection("targets"), rig.stand)
    return [target for group in roster.of(groups, only) for target in group.targets]


def shown(rig: Rig, **only: Any) -> dict[str, str]:
    return {target.id: target.ip for target in asked(rig, **only)}


def test_a_registered_device_is_asked_in_its_group(rig: Rig) -> None:
    (one,) = rig.inventory.register(["10.0.0.1"])
    rig.follow()
    assert asked(rig, [group_of(one)]) == [Target(one, "10.0.0.1")]
    assert asked(rig, [group_of(one) ^ 1]) == []


def test_it_is_asked_at_its_new_address(rig: Rig) -> None:
    (one,) = rig.inventory.register(["10.0.0.1"])
    rig.follow()
    rig.inventory.change(one, ip_address="10.0.0.9")
    rig.follow()
    assert shown(rig) == {one: "10.0.0.9"}


def test_it_can_be_narrowed_down_to_its_location(rig: Rig) -> None:
    (one,) = rig.inventory.register(["10.0.0.1"], location="Zurich")
    rig.follow()
    rig.inventory.change(one, location="Berlin")
    rig.follow()
    assert shown(rig, location="Zurich") == {}
    assert shown(rig, location="Berlin") == {one: "10.0.0.1"}


def test_a_removed_device_is_not_asked_any_more(rig: Rig) -> None:
    one, other = rig.inventory.register(["10.0.0.1", "10.0.0.2"])
    rig.follow()
    rig.inventory.remove(one)
    rig.follow()
    assert shown(rig) == {other: "10.0.0.2"}


def test_registered_changed_and_removed_within_one_range_is_the_same(rig: Rig) -> None:
    one, other = rig.inventory.register(["10.0.0.1", "10.0.0.2"])
    rig.inventory.change(other, ip_address="10.0.0.3", location="Berlin")
    rig.inventory.remove(one)
    rig.follow()
    assert shown(rig, location="Berlin") == {other: "10.0.0.3"}


def test_a_verdict_changes_what_stands_and_nothing_else(rig: Rig) -> None:
    (one,) = rig.inventory.register(["10.0.0.1"])
    rig.follow()
    rig.handle([RecordVerdict(one, "online", 17, 1.0)])
    assert asked(rig) == [Target(one, "10.0.0.1", "online", 17)]


def test_a_verdict_does_not_bring_a_removed_device_back(rig: Rig) -> None:
    (one,) = rig.inventory.register(["10.0.0.1"])
    rig.inventory.remove(one)
    rig.follow()
    rig.handle([RecordVerdict(one, "online", 17, 1.0)])
    assert shown(rig) == {}


def test_taken_in_twice_from_anywhere_it_is_the_same(rig: Rig) -> None:
    one, other = rig.inventory.register(["10.0.0.1", "10.0.0.2"])
    rig.inventory.change(one, ip_address="10.0.0.3")
    rig.inventory.remove(other)
    rig.follow()
    commits: list[Commit] = list(rig.inventory.core.range(0).commits)
    for start in range(len(commits)):
        writer = rig.core.generations.writer()
        put_targets(writer, commits[start:])
        put_targets(writer, commits[: start + 1])
        writer.flush()
        assert shown(rig) == {one: "10.0.0.3"}


def test_rebuilt_is_what_was_live(rig: Rig) -> None:
    one, other = rig.inventory.register(["10.0.0.1", "10.0.0.2"])
    rig.handle([RecordVerdict(one, "online", 17, 1.0), RecordVerdict(other, "offline", 18)])
    rig.inventory.change(one, location="Berlin")
    rig.follow()
    live = list(rig.core.generations.collection("targets").find(sort=[("_id", 1)]))
    rig.core.rebuild()
    rig.core.generations.forget()
    assert list(rig.core.generations.collection("targets").find(sort=[("_id", 1)])) == live


def test_a_stated_status_stands_until_the_next_verdict(rig: Rig) -> None:
    (one,) = rig.inventory.register(["10.0.0.1"], status="online")
    rig.follow()
    assert rig.statuses() == {one: "online"}
    assert rig.news(one) == ["DeviceStatusAdopted"]
    rig.handle([RecordVerdict(one, "offline", rig.clock.now())])
    assert rig.statuses() == {one: "offline"}

"""The roster is read anew exactly where something changed, whoever changed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netraven_monitor.roster import Group, Remembered, Roster, Stand
from netraven_monitor.schedule import GROUPS, group_of
from netraven_monitor.watch import RecordVerdict
from tests.monitor.rig import Rig

ALL = range(GROUPS)


class Reads:
    """The view, counting which groups are read document by document."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.groups: list[int] = []

    def __call__(self) -> Any:
        self.view = self.rig.core.generations.collection("targets")
        return self

    @property
    def name(self) -> str:
        return str(self.view.name)

    def aggregate(self, pipeline: Any) -> Any:
        return self.view.aggregate(pipeline)

    def find(self, query: dict[str, Any], *words: Any, **options: Any) -> Any:
        self.groups += query["group"]["$in"]
        return self.view.find(query, *words, **options)


@pytest.fixture
def reads(rig: Rig) -> Reads:
    return Reads(rig)


def ids(groups: list[Group]) -> set[str]:
    return {device_id for group in groups for device_id in group.ids}


def test_what_has_not_changed_is_not_read_again(rig: Rig, reads: Reads) -> None:
    devices = rig.plant([f"127.0.0.{n}" for n in range(1, 21)])
    roster = Roster(reads, rig.stand)
    assert ids(roster.of(ALL, {})) == set(devices)
    assert set(reads.groups) == {group_of(device) for device in devices}
    reads.groups.clear()
    assert ids(roster.of(ALL, {})) == set(devices)
    assert reads.groups == []


@pytest.mark.parametrize(
    "change",
    [
        lambda rig, one: rig.inventory.change(one, ip_address="127.0.0.99"),
        lambda rig, one: rig.inventory.change(one, location="elsewhere"),
        lambda rig, one: rig.inventory.remove(one),
        lambda rig, one: rig.handle([RecordVerdict(one, "online", 5)]),
        lambda rig, one: rig.inventory.change(one, status="offline"),
    ],
    ids=["address", "location", "removal", "verdict", "statement"],
)
def test_every_kind_of_change_is_noticed_and_only_its_group_is_read(
    rig: Rig, reads: Reads, change: Callable[[Rig, str], None]
) -> None:
    one, *_ = rig.inventory.register([f"127.0.0.{n}" for n in range(1, 11)])
    rig.follow()
    roster = Roster(reads, rig.stand)
    roster.of(ALL, {})
    reads.groups.clear()
    change(rig, one)
    rig.follow()
    fresh = Roster(lambda: rig.core.generations.collection("targets"), rig.stand).of(ALL, {})
    assert roster.of(ALL, {}) == fresh
    assert reads.groups == [group_of(one)]


def test_a_newcomer_is_noticed(rig: Rig, reads: Reads) -> None:
    roster = Roster(reads, rig.stand)
    assert roster.of(ALL, {}) == []
    devices = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    assert ids(roster.of(ALL, {})) == set(devices)


def test_another_division_of_the_fleet_is_read_anew(rig: Rig, reads: Reads) -> None:
    devices = rig.plant(["127.0.0.1"])
    roster = Roster(reads, rig.stand)
    assert ids(roster.of(ALL, {"location": {"$nin": ["Berlin"]}})) == set(devices)
    assert roster.of(ALL, {"location": {"$nin": ["here"]}}) == []


def test_another_generation_of_the_view_is_read_anew(rig: Rig, reads: Reads) -> None:
    rig.inventory.register(["127.0.0.1"])
    rig.follow()
    roster = Roster(reads, rig.stand)
    before = roster.of(ALL, {})
    rig.core.rebuild()
    reads.groups.clear()
    assert roster.of(ALL, {}) == before
    assert len(reads.groups) == 1


def test_groups_that_others_look_after_are_dropped(rig: Rig, reads: Reads) -> None:
    (one,) = rig.plant(["127.0.0.1"])
    roster = Roster(reads, rig.stand)
    roster.of(ALL, {})
    roster.forget(lambda number: number != group_of(one))
    reads.groups.clear()
    roster.of(ALL, {})
    assert reads.groups == [group_of(one)]


def test_looking_for_changes_reads_no_document(rig: Rig) -> None:
    rig.plant([f"127.0.0.{n}" for n in range(1, 101)])
    view = rig.core.generations.collection("targets")
    seen: list[Any] = []

    class Noted:
        name = view.name
        find = view.find

        def aggregate(self, pipeline: Any) -> Any:
            asked = {"aggregate": view.name, "pipeline": pipeline, "cursor": {}}
            seen.append(view.database.command("explain", asked, verbosity="executionStats"))
            return view.aggregate(pipeline)

    Roster(Noted, rig.stand).of(ALL, {})  # type: ignore[arg-type]
    assert "'totalDocsExamined': 0" in str(seen[0])


class Counted(Reads):
    """The view, counting the questions for sums of versions."""

    asked = 0

    def aggregate(self, pipeline: Any) -> Any:
        self.asked += 1
        return super().aggregate(pipeline)


def test_while_nothing_has_happened_the_view_is_not_even_asked(rig: Rig) -> None:
    one, *_ = rig.inventory.register([f"127.0.0.{n}" for n in range(1, 11)])
    rig.follow()
    counted = Counted(rig)
    roster = Roster(counted, rig.stand)
    before = roster.of(ALL, {})
    assert roster.of(ALL, {}) == before
    assert counted.asked == 1
    rig.handle([RecordVerdict(one, "online", 5)])
    assert roster.of(ALL, {}) != before
    assert counted.asked == 2


def test_what_another_instance_puts_into_the_view_late_is_noticed(rig: Rig) -> None:
    """A crash between the log and the view: the view is made up for when it is healed."""
    (one,) = rig.inventory.register(["127.0.0.1"])
    rig.follow()
    with pytest.MonkeyPatch.context() as crash:
        crash.setattr(rig.core.journal, "_project", lambda done: None)
        rig.handle([RecordVerdict(one, "online", 5)])
    roster = Roster(lambda: rig.core.generations.collection("targets"), rig.stand)
    assert [target.status for group in roster.of(ALL, {}) for target in group.targets] == ["unknown"]
    rig.core.followers()["own"].catch_up()
    assert [target.status for group in roster.of(ALL, {}) for target in group.targets] == ["online"]


def test_what_moves_no_checkpoint_is_noticed_after_a_while(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = Roster(lambda: rig.core.generations.collection("targets"), rig.stand)
    assert roster.of(ALL, {}) == []
    devices = rig.plant(["127.0.0.1"])
    assert roster.of(ALL, {}) == []
    monkeypatch.setattr("netraven_monitor.roster.TRUST_SECONDS", 0.0)
    assert ids(roster.of(ALL, {})) == set(devices)


def test_a_stand_is_asked_for_once_in_a_while_and_not_for_every_turn() -> None:
    moment, asked = [0.0], []

    def ask() -> Stand:
        asked.append(moment[0])
        return (moment[0],)

    stand = Remembered(ask, 1.0, lambda: moment[0])
    told = []
    for moment[0] in (0.0, 0.5, 0.9, 1.0, 1.5, 2.5):
        told.append(stand())
    assert asked == [0.0, 1.0, 2.5]
    assert told == [(0.0,), (0.0,), (0.0,), (1.0,), (1.0,), (2.5,)]

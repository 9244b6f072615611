"""What was seen is what is shown again: answers recorded on the way, then asked for by their moment and
version.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.devices import DEVICE_SORTS, STATUSES
from netraven_contracts.errors import NotFound
from netraven_devices import commands, queries, tag_queries, tagging, time_travel
from netraven_devices.device import DEVICE, RemoveDevice
from netraven_devices.finder import Finder
from tests.devices.conftest import START, MonitorLog, Ticks
from tests.devices.inventory import registered, tagged
from tests.devices.test_queries import expected

Asked = Callable[..., BoundStore]
Device = dict[str, Any]
KINDS = ["DeviceWentOnline", "DeviceWentOffline", "DeviceWentUnknown"]


class Story:
    """A fleet to which things happen, one after the other, and what was shown of it after each."""

    def __init__(self, asked: Asked, core: Core, monitor_log: MonitorLog, clock: Ticks, seed: int) -> None:
        self.asked, self.core, self.monitor_log, self.clock = asked, core, monitor_log, clock
        self.dice = random.Random(seed)
        self.living: list[str] = []
        self.seen: list[tuple[int, dict[str, Device]]] = []
        self.tags = [tagged(asked(), name)["id"] for name in ("red", "blue")]

    def tell(self, steps: int) -> None:
        for _ in range(steps):
            self._happen()
            self.core.followers()["monitor"].catch_up()
            shown = {device: queries.device(self.asked(), device) for device in self.living}
            self.seen.append((self.clock.time, shown))

    def _happen(self) -> None:
        happenings = [self._register, self._change, self._change, self._change, self._verdict, self._verdict]
        happenings += [self._state, self._rename_tag, self._remove]
        happen = self.dice.choice(happenings) if len(self.living) > 2 else self._register
        happen()

    def _register(self) -> None:
        status = self.dice.choice(["online", "unknown"])
        self.living.append(registered(self.asked(), status=status, tags=[self._tag()])["id"])

    def _tag(self) -> str:
        shown, _ = tag_queries.tags(self.asked(), {}, 1, 25, [])
        return str(self.dice.choice(shown)["name"])

    def _change(self) -> None:
        choices: list[dict[str, Any]] = [
            {"name": f"n{self.dice.randint(0, 3)}", "serial": self.dice.choice([None, "S1"])},
            {"location": self.dice.choice(["Basel", "Zug"])},
            {"tags": [self._tag()]},
            {"interfaces": [{"name": f"Gi0/{self.dice.randint(0, 3)}"}]},
        ]
        commands.change(self.asked(), self.dice.choice(self.living), self.dice.choice(choices), None)

    def _state(self) -> None:
        changes = {"status": self.dice.choice(STATUSES)}
        commands.change(self.asked(), self.dice.choice(self.living), changes, None)

    def _verdict(self) -> None:
        # What is said is from a while ago, a lapse from long ago, and known from now on.
        now, ago = self.clock.now(), self.dice.choice([0, 300, 3000, 20_000])
        self.monitor_log.say(self.dice.choice(KINDS), self.dice.choice(self.living), now - ago, now)

    def _rename_tag(self) -> None:
        changes = {"name": f"tag{self.dice.randint(0, 10**9)}"}
        tagging.change(self.asked(), self.dice.choice(self.tags), changes, None)

    def _remove(self) -> None:
        device = self.living.pop(self.dice.randrange(len(self.living)))
        self.asked().handle(DEVICE, device, RemoveDevice())


@pytest.fixture(params=[1, 2])
def story(
    request: pytest.FixtureRequest, asked: Asked, core: Core, monitor_log: MonitorLog, clock: Ticks
) -> Story:
    told = Story(asked, core, monitor_log, clock, request.param)
    told.tell(60)
    return told


def test_every_answer_is_given_again_by_its_moment(asked: Asked, story: Story) -> None:
    for moment, shown in story.seen:
        for device, answer in shown.items():
            assert queries.device(asked(), device, at=moment) == answer


def test_every_answer_is_given_again_by_its_version(asked: Asked, story: Story) -> None:
    # Verdicts change what is shown and not the version: of one version, the first answer is the one of its
    # change.
    first: dict[tuple[str, int], Device] = {}
    for _, shown in story.seen:
        for device, answer in shown.items():
            first.setdefault((device, answer["version"]), answer)
    for (device, version), answer in first.items():
        then = queries.device(asked(), device, version=version)
        assert {**then, "tags": None} == {**answer, "tags": None}


def test_the_fleet_is_shown_again_as_it_was(asked: Asked, story: Story) -> None:
    dice = random.Random(3)
    for moment, shown in story.seen:
        fleet = [
            {name: value for name, value in row.items() if name != "interfaces"} for row in shown.values()
        ]
        sort = [dice.choice(["", "-"]) + dice.choice(DEVICE_SORTS)]
        choices: list[dict[str, Any]] = [
            {},
            {"name": f"n{dice.randint(0, 3)}"},
            {"status": dice.choice(STATUSES)},
            {"tag": [dice.choice(["red", *(tag for row in fleet for tag in row["tags"])])]},
            {"q": dice.choice(["n", "basel", "S1"]), "reachability": "online"},
        ]
        wanted = dice.choice(choices)
        rows, total = queries.devices(asked(), Finder(), {**wanted, "at": moment}, 1, 1000, sort)
        assert (rows, total) == (expected(fleet, wanted, sort), len(expected(fleet, wanted, sort)))
        assert time_travel.ids(asked(), {**wanted, "at": moment}, sort) == [row["id"] for row in rows]


def test_the_past_is_the_same_after_a_rebuild(asked: Asked, core: Core, story: Story) -> None:
    moments = [moment for moment, _ in story.seen[::7]]
    before = [queries.devices(asked(), Finder(), {"at": moment}, 1, 1000, []) for moment in moments]
    core.rebuild()
    assert [queries.devices(asked(), Finder(), {"at": moment}, 1, 1000, []) for moment in moments] == before


def test_before_its_beginning_and_after_its_end_there_is_no_device(asked: Asked, clock: Ticks) -> None:
    device = registered(asked())
    made, _ = clock.time, asked().handle(DEVICE, device["id"], RemoveDevice())
    assert queries.device(asked(), device["id"], at=made) == device
    for moment in (START, clock.time):
        with pytest.raises(NotFound):
            queries.device(asked(), device["id"], at=moment)
        assert queries.devices(asked(), Finder(), {"at": moment}, 1, 25, []) == ([], 0)
    with pytest.raises(NotFound):
        queries.device(asked(), device["id"], version=9)


def test_pages_of_the_past_do_not_overlap(asked: Asked, clock: Ticks) -> None:
    devices = [registered(asked()) for _ in range(7)]
    moment = clock.time
    for device in devices[::2]:
        commands.change(asked(), device["id"], {"name": "later"}, None)
    pages = [queries.devices(asked(), Finder(), {"at": moment}, page, 3, ["-name"]) for page in (1, 2, 3, 4)]
    names = [row["name"] for rows, _ in pages for row in rows]
    assert names == sorted((device["name"] for device in devices), reverse=True)
    assert {total for _, total in pages} == {7}

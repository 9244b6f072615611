"""What is found in memory is what the log says, from whatever moment it was read."""

from __future__ import annotations

import random
from collections.abc import Callable

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.views import LIVE
from netraven_devices import commands, tagging
from netraven_devices.device import DEVICE, RemoveDevice
from netraven_devices.finder import Finder
from tests.devices.inventory import registered

Asked = Callable[..., BoundStore]


def test_texts_follow_every_change(asked: Asked, core: Core) -> None:
    finder = Finder()
    assert len(finder.up_to_date(core)) == 0
    device = registered(asked(), name="Core-1", location="Zürich", serial=None)
    texts = finder.up_to_date(core)
    assert [texts.matching(part) for part in ("CORE-", "zÜR", "core-1\n", "nothing")] == [
        [device["id"]]
    ] * 3 + [[]]
    for changes, gone, found in (
        ({"name": "Edge-1"}, "core", "edge"),
        ({"serial": "FDO1"}, "none", "fdo1"),
        ({"serial": None, "location": "Bern"}, "fdo1", "bern"),
        ({"ip_address": "192.0.2.200", "notes": "name"}, "notes", "2.0.2"),
    ):
        commands.change(asked(), device["id"], changes, None)
        texts = finder.up_to_date(core)
        assert (texts.matching(gone), texts.matching(found)) == ([], [device["id"]])
    asked().handle(DEVICE, device["id"], RemoveDevice())
    assert finder.up_to_date(core).matching("edge") == []
    assert len(finder.up_to_date(core)) == 0


def test_texts_read_at_any_moment_end_the_same(asked: Asked, core: Core) -> None:
    dice = random.Random(7)
    early, late = Finder(), Finder()
    early.up_to_date(core)
    tagging.create(asked(), {"name": "core"})
    devices = [registered(asked())["id"] for _ in range(20)]
    for number in range(40):
        device_id = dice.choice(devices)
        commands.change(asked(), device_id, {"name": f"n{number}", "serial": dice.choice([None, "S"])}, None)
        if number % 10 == 0:
            devices.remove(device_id)
            asked().handle(DEVICE, device_id, RemoveDevice())
    # The checkpoint is behind, so what the views have already is taken again.
    assert core.followers()["own"].position == 0
    wanted = {row["_id"]: row["search"] for row in core.generations.collection("devices").find(LIVE)}
    for finder in (early, late, Finder()):
        texts = finder.up_to_date(core)
        assert {device_id: texts._texts[device_id] for device_id in texts.matching("")} == wanted
        assert len(texts) == len(devices)


def test_a_view_that_is_behind_does_not_hide_a_device(asked: Asked, core: Core) -> None:
    device = registered(asked(), name="core-1")
    core.followers()["own"].catch_up()
    hidden = registered(asked(), name="core-2")
    core.generations.collection("devices").delete_one({"_id": hidden["id"]})
    assert set(Finder().up_to_date(core).matching("core-")) == {device["id"], hidden["id"]}

"""Devices that many ask for at once: everybody gets what was asked for, whatever the others ask."""

from __future__ import annotations

from collections.abc import Callable

import eventlet
import pytest

from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import NotFound
from netraven_devices import commands, queries
from netraven_devices.reader import Reader
from tests.devices.inventory import registered

Asked = Callable[..., BoundStore]
NOBODY = "f" * 24


def test_each_of_many_gets_its_own_device(asked: Asked) -> None:
    reader = Reader()
    ids = [registered(asked())["id"] for _ in range(40)]
    pool = eventlet.GreenPool(80)
    found = list(pool.imap(lambda one: reader.device(asked(), one), [*ids, *ids]))
    assert [one["id"] for one in found] == [*ids, *ids]
    assert found[0] == queries.device(asked(), ids[0])


def test_who_asks_for_a_stranger_hears_it_and_the_others_get_theirs(asked: Asked) -> None:
    reader = Reader()
    device = registered(asked())["id"]
    stranger = eventlet.spawn(reader.device, asked(), NOBODY)
    friend = eventlet.spawn(reader.device, asked(), device)
    with pytest.raises(NotFound):
        stranger.wait()
    assert friend.wait()["id"] == device


def test_a_question_after_a_change_sees_it_whoever_else_is_asking(asked: Asked) -> None:
    reader = Reader()
    device = registered(asked(), name="before")["id"]
    others = [eventlet.spawn(reader.device, asked(), device) for _ in range(50)]
    eventlet.sleep(0)
    commands.change(asked(), device, {"name": "after"}, None)
    assert reader.device(asked(), device)["name"] == "after"
    assert {other.wait()["name"] for other in others} <= {"before", "after"}

"""The record of a device or tag as clients see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.errors import Conflict, DuplicateIp, NotFound, PreconditionFailed
from netraven_devices import commands, queries, record, tagging
from netraven_devices.device import DEVICE, RemoveDevice
from tests.devices.inventory import registered, tagged

Asked = Callable[..., BoundStore]


def test_a_history_says_who_when_what_and_why(asked: Asked) -> None:
    device = registered(asked())
    commands.change(asked(), device["id"], {"name": "new", "location": "Basel"}, None)
    entries, total = record.of_device(asked(), device["id"], 1, 2)
    shown = queries.device(asked(), device["id"])
    assert total == 3
    assert entries == [
        {
            "id": f"{device['id']}.3",
            "version": 3,
            "event": "DeviceRelocated",
            "at": shown["updated_at"],
            "actor": {"id": "u1", "name": "ann"},
            "request_id": "request-1",
            "changes": [{"field": "location", "from": "Bern", "to": "Basel"}],
        },
        {**entries[1], "event": "DeviceRenamed", "version": 2},
    ]
    (oldest,), _ = record.of_device(asked(), device["id"], 2, 2)
    assert (oldest["event"], oldest["at"]) == ("DeviceRegistered", device["created_at"])


def test_tags_have_the_name_that_they_have_or_had(asked: Asked) -> None:
    tags = [tagged(asked(), name) for name in ("old", "gone")]
    device = registered(asked(), tags=["old"])
    commands.change(asked(), device["id"], {"tags": ["old", "gone"]}, None)
    tagging.change(asked(), tags[0]["id"], {"name": "renamed"}, None)
    tagging.delete(asked(), tags[1]["id"], cascade=True, if_match=None)
    (taken, given, _), _ = record.of_device(asked(), device["id"], 1, 25)
    assert given["changes"] == [{"field": "tags", "from": ["renamed"], "to": ["gone", "renamed"]}]
    assert taken["changes"] == [{"field": "tags", "from": ["gone", "renamed"], "to": ["renamed"]}]
    names = [entry["event"] for entry in record.of_tag(asked(), tags[1]["id"], 1, 25)[0]]
    assert names == ["TagDeleted", "TagCreated"]


def test_a_removed_device_keeps_its_history(asked: Asked) -> None:
    device = registered(asked())
    asked().handle(DEVICE, device["id"], RemoveDevice())
    assert [entry["event"] for entry in record.of_device(asked(), device["id"], 1, 25)[0]] == [
        "DeviceRemoved",
        "DeviceRegistered",
    ]


def test_what_never_was_has_no_history(asked: Asked) -> None:
    for question in (record.of_device, record.of_tag):
        with pytest.raises(NotFound):
            question(asked(), "f" * 24, 1, 25)


def test_an_event_can_be_taken_back_as_long_as_it_applies(asked: Asked) -> None:
    device = registered(asked())
    commands.change(asked(), device["id"], {"ip_address": "192.0.2.1"}, None)
    with pytest.raises(PreconditionFailed):
        record.undo(asked(), device["id"], 2, if_match=1)
    record.undo(asked(), device["id"], 2, if_match=2)
    assert queries.device(asked(), device["id"])["ip_address"] == device["ip_address"]
    with pytest.raises(Conflict, match="changed again"):
        record.undo(asked(), device["id"], 2, None)


def test_an_undo_that_is_repeated_is_done_once_and_answered_alike(asked: Asked) -> None:
    device = registered(asked())
    commands.change(asked(), device["id"], {"location": "Basel"}, None)
    for _ in range(2):
        record.undo(asked("undo-1", "body"), device["id"], 2, None)
    assert queries.device(asked(), device["id"])["version"] == 3
    commands.change(asked(), device["id"], {"location": "Chur"}, None)
    record.undo(asked("undo-1", "body"), device["id"], 2, None)
    assert queries.device(asked(), device["id"])["location"] == "Chur"
    with pytest.raises(Conflict, match="Idempotency-Key"):
        record.undo(asked("undo-1", "another"), device["id"], 4, None)


def test_a_tag_that_was_deleted_since_is_not_given_back(asked: Asked, core: Core) -> None:
    tag, _ = tagged(asked(), "gone"), tagged(asked(), "kept")
    device = registered(asked(), tags=["gone"])
    commands.change(asked(), device["id"], {"tags": ["gone", "kept"]}, None)
    commands.change(asked(), device["id"], {"tags": ["gone"]}, None)
    tagging.delete(asked(), tag["id"], cascade=True, if_match=None)
    head = core.log.head()
    with pytest.raises(Conflict, match="the tag gone was deleted since"):
        record.undo(asked(), device["id"], 4, None)
    assert core.log.head() == head
    record.undo(asked(), device["id"], 3, None)
    assert queries.device(asked(), device["id"])["tags"] == ["kept"]


def test_an_address_that_another_device_has_by_now_cannot_come_back(asked: Asked) -> None:
    device = registered(asked())
    commands.change(asked(), device["id"], {"ip_address": "192.0.2.1"}, None)
    registered(asked(), ip_address=device["ip_address"])
    with pytest.raises(DuplicateIp):
        record.undo(asked(), device["id"], 2, None)

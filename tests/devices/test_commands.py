"""From bodies to devices: what is answered, what is refused, what a repeated command does."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.devices import Device
from netraven_contracts.errors import (
    Conflict,
    DuplicateIp,
    NotFound,
    PreconditionFailed,
    ValidationFailed,
)
from netraven_devices import commands, present, queries, tag_queries, tagging
from netraven_devices.device import DEVICE, RemoveDevice
from tests.devices.inventory import body, registered, tagged

Asked = Callable[..., BoundStore]

UPLINK = {
    "name": "Gi0/1",
    "description": "to core",
    "ip_address": "10.9.9.9",
    "mac_address": "00:1a:2b:3c:4d:5e",
    "admin_up": True,
    "link_up": False,
    "speed_mbps": 1000,
}


def test_a_new_device_is_answered_as_it_is_shown_from_then_on(asked: Asked) -> None:
    tag = tagged(asked(), "Core")
    full = body(
        platform="cisco_ios",
        port=2222,
        serial="S1",
        model="C9300",
        os_version="17.9",
        interfaces=[UPLINK],
        tags=["core"],
        notes="spare",
        status="online",
    )
    answer = commands.register(asked(), full)
    shown = orjson.loads(answer.body)
    assert shown == queries.device(asked(), shown["id"])
    assert present.single(queries.device(asked(), shown["id"])).meta["etag"] == answer.meta["etag"]
    assert answer.meta["location"] == f"/api/devices/{shown['id']}"
    assert {name: shown[name] for name in full if name != "tags"} == {
        name: value for name, value in full.items() if name != "tags"
    }
    assert shown["tags"] == [tag["name"]]
    assert shown["created_at"] == shown["updated_at"] == shown["status_since"]


def test_a_bare_device_is_answered_as_it_is_shown_too(asked: Asked) -> None:
    answer = commands.register(asked(), body())
    shown = orjson.loads(answer.body)
    assert shown == queries.device(asked(), shown["id"])
    assert (shown["status"], shown["status_since"], shown["port"], shown["version"]) == (
        "unknown",
        None,
        22,
        1,
    )
    assert list(shown) == list(shown) and set(shown) == set(Device().fields)


def test_of_two_devices_with_one_address_the_second_is_refused(asked: Asked) -> None:
    first = registered(asked())
    with pytest.raises(DuplicateIp) as refusal:
        registered(asked(), ip_address=first["ip_address"])
    assert set(refusal.value.details) == {"ip_address"}


def test_the_address_of_a_removed_device_is_free(asked: Asked) -> None:
    first = registered(asked())
    asked().handle(DEVICE, first["id"], RemoveDevice())
    second = registered(asked(), ip_address=first["ip_address"])
    assert second["id"] != first["id"]
    with pytest.raises(NotFound):
        queries.device(asked(), first["id"])


def test_an_address_given_up_by_a_change_is_free(asked: Asked) -> None:
    first = registered(asked())
    commands.change(asked(), first["id"], {"ip_address": "192.0.2.1"}, None)
    assert registered(asked(), ip_address=first["ip_address"])["ip_address"] == first["ip_address"]
    with pytest.raises(DuplicateIp):
        registered(asked(), ip_address="192.0.2.1")


def test_a_repeated_command_makes_the_same_device(asked: Asked, core: Core) -> None:
    sent = body(tags=["new"], create_missing_tags=True)
    answers = [commands.register(asked("c1", "h1"), sent) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert core.log.head() == 2, "one commit for the tag, one for the device"
    with pytest.raises(Conflict):
        commands.register(asked("c1", "h2"), body())


def test_a_change_is_shown_at_once_with_the_next_version(asked: Asked) -> None:
    device = registered(asked())
    commands.change(asked(), device["id"], {"name": "new", "notes": "x", "interfaces": [UPLINK]}, 1)
    shown = queries.device(asked(), device["id"])
    assert (shown["name"], shown["notes"], shown["interfaces"]) == ("new", "x", [UPLINK])
    assert shown["version"] == 4, "three fields, three events"
    assert shown["updated_at"] > shown["created_at"] == device["created_at"]


def test_what_a_get_returned_can_be_put_back_and_changes_nothing(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    device = registered(asked(), tags=["core"], status="online", interfaces=[UPLINK], serial="S1")
    head = core.log.head()
    writable = {
        name: value for name, value in device.items() if name in body(status="", tags=[], interfaces=[])
    }
    commands.change(asked(), device["id"], {**writable, "serial": "S1"}, device["version"])
    assert core.log.head() == head
    assert queries.device(asked(), device["id"]) == device


def test_a_change_to_a_version_that_is_gone_is_refused(asked: Asked) -> None:
    device = registered(asked())
    with pytest.raises(PreconditionFailed):
        commands.change(asked(), device["id"], {"name": "new"}, 7)


def test_changing_a_device_that_is_not_there_is_refused(asked: Asked) -> None:
    for changes in ({"name": "x"}, {"status": "online"}):
        with pytest.raises(NotFound):
            commands.change(asked(), "f" * 24, changes, None)


def test_a_tag_that_does_not_exist_is_named_in_the_refusal(asked: Asked, core: Core) -> None:
    tagged(asked(), "core")
    with pytest.raises(ValidationFailed) as refusal:
        registered(asked(), tags=["core", "edge", "lab"])
    assert [reason.split(";")[0] for reason in refusal.value.details["tags"]] == [
        "there is no tag edge",
        "there is no tag lab",
    ]
    assert core.log.head() == 1, "nothing but the tag may be in the log"


def test_missing_tags_are_created_on_request(asked: Asked) -> None:
    device = registered(asked(), tags=["core", "Edge", "edge"], create_missing_tags=True)
    assert device["tags"] == ["Edge", "core"]
    commands.change(asked(), device["id"], {"tags": ["lab"], "create_missing_tags": True}, None)
    assert queries.device(asked(), device["id"])["tags"] == ["lab"]
    assert {tag["name"] for tag in tag_queries.tags(asked(), {}, 1, 25, [])[0]} == {"core", "Edge", "lab"}


def test_a_repeated_command_has_its_first_answer_whatever_its_tags_are_called_by_now(asked: Asked) -> None:
    tag, mine = tagged(asked(), "core"), body(tags=["core"])
    first = orjson.loads(commands.register(asked("one"), mine).body)
    commands.change(asked("two"), first["id"], {"notes": "n", "tags": ["core"]}, None)
    tagging.change(asked(), tag["id"], {"name": "backbone"}, None)
    again = orjson.loads(commands.register(asked("one"), mine).body)
    assert again == {**first, "tags": ["backbone"]}
    assert commands.change(asked("two"), first["id"], {"notes": "n", "tags": ["core"]}, None).repeated
    tagged(asked(), "core")
    assert orjson.loads(commands.register(asked("one"), mine).body) == again, (
        "and of no other tag of that name"
    )
    with pytest.raises(ValidationFailed):
        commands.register(asked("three"), body(tags=["x"]))
    with pytest.raises(ValidationFailed):
        commands.change(asked("three"), first["id"], {"tags": ["x"]}, None)

"""Tags as a whole: made, renamed on all devices at once, deleted with or without them."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_contracts.errors import (
    Conflict,
    DuplicateName,
    NotFound,
    PreconditionFailed,
    Unavailable,
    ValidationFailed,
)
from netraven_contracts.tags import Tag
from netraven_devices import queries, tag_queries, tagging
from netraven_devices.device import DEVICE, ChangeDevice
from netraven_devices.finder import Finder
from netraven_devices.tag import TAG, DeleteTag
from tests.devices.inventory import registered, tagged
from tests.devices.keyring import changed, in_force, made, shown

Asked = Callable[..., BoundStore]


def test_a_tag_is_answered_as_it_is_shown_from_then_on(asked: Asked) -> None:
    answer = tagging.create(asked(), {"name": "Core", "color": "#ff0000", "description": "the ring"})
    shown = orjson.loads(answer.body)
    assert shown == tag_queries.tag(asked(), shown["id"])
    assert set(shown) == set(Tag().fields)
    with pytest.raises(DuplicateName):
        tagging.create(asked(), {"name": "CORE"})


def test_a_new_name_shows_on_every_device_at_once_and_changes_none(asked: Asked) -> None:
    tag = tagged(asked(), "core")
    devices = [registered(asked(), tags=["core"]) for _ in range(3)]
    answer = orjson.loads(tagging.change(asked(), tag["id"], {"name": "Backbone"}, 1).body)
    assert (answer["name"], answer["version"], answer["device_count"]) == ("Backbone", 2, 3)
    for device in devices:
        shown = queries.device(asked(), device["id"])
        assert (shown["tags"], shown["version"]) == (["Backbone"], device["version"])
    assert queries.devices(asked(), Finder(), {"tag": ["backbone"]}, 1, 25, [])[1] == 3
    assert queries.devices(asked(), Finder(), {"tag": ["core"]}, 1, 25, [])[1] == 0
    assert tagged(asked(), "core")["id"] != tag["id"], "the old name is free"


def test_a_name_in_use_is_refused_and_another_spelling_of_ones_own_is_not(asked: Asked) -> None:
    tagged(asked(), "core")
    edge = tagged(asked(), "edge")
    with pytest.raises(DuplicateName):
        tagging.change(asked(), edge["id"], {"name": "CORE"}, None)
    assert orjson.loads(tagging.change(asked(), edge["id"], {"name": "EDGE"}, None).body)["name"] == "EDGE"


def test_a_tag_in_use_stays_unless_it_may_cascade(asked: Asked, core: Core) -> None:
    tag, kept = tagged(asked(), "core"), tagged(asked(), "edge")
    devices = [registered(asked(), tags=["core", "edge"]) for _ in range(3)]
    with pytest.raises(Conflict) as refusal:
        tagging.delete(asked(), tag["id"], cascade=False, if_match=None)
    assert refusal.value.details == {"device_count": 3, "credential_count": 0}
    with pytest.raises(PreconditionFailed):
        tagging.delete(asked(), tag["id"], cascade=True, if_match=7)
    assert tag_queries.tag(asked(), tag["id"])["device_count"] == 3, "nothing half done"
    tagging.delete(asked(), tag["id"], cascade=True, if_match=1)
    with pytest.raises(NotFound):
        tag_queries.tag(asked(), tag["id"])
    for device in devices:
        shown = queries.device(asked(), device["id"])
        assert (shown["tags"], shown["version"]) == (["edge"], device["version"] + 1)
    assert tag_queries.tag(asked(), kept["id"])["device_count"] == 3


def test_a_tag_that_credentials_have_is_in_use(asked: Asked) -> None:
    tag, _ = tagged(asked(), "core"), tagged(asked(), "edge")
    both, alone = made(asked(), "both", tags=["core", "edge"]), made(asked(), "alone", tags=["core"])
    with pytest.raises(Conflict) as refusal:
        tagging.delete(asked(), tag["id"], cascade=False, if_match=None)
    assert refusal.value.details == {"device_count": 0, "credential_count": 2}
    with pytest.raises(Conflict, match="alone has no other tag"):
        tagging.delete(asked(), tag["id"], cascade=True, if_match=None)
    assert shown(asked(), both["id"])["tags"] == ["core", "edge"], "nothing half done"
    changed(asked(), alone["id"], tags=["edge"])
    tagging.delete(asked(), tag["id"], cascade=True, if_match=None)
    left = shown(asked(), both["id"])
    assert left["tags"] == ["edge"]
    changed(asked(), both["id"], tags=left["tags"])


def test_credentials_that_still_have_a_deleted_tag_lose_it_unless_it_is_their_only_one(asked: Asked) -> None:
    gone, _, lost = (tagged(asked(), name)["id"] for name in ("core", "edge", "old"))
    several = made(asked(), "several", tags=["core", "edge", "old"])
    alone = made(asked(), "alone", tags=["core"])
    for tag in (gone, lost):
        asked().handle(TAG, tag, DeleteTag())  # as it was done when nobody looked at credentials
    assert shown(asked(), alone["id"])["tags"] == [gone]
    for _ in range(3):
        tagging.take_deleted(asked())
    assert shown(asked(), several["id"])["tags"] == ["edge"]
    assert (shown(asked(), alone["id"])["tags"], shown(asked(), alone["id"])["version"]) == ([gone], 1)
    device = registered(asked())
    assert in_force(asked(), device) == []


def test_a_credential_takes_back_what_it_shows_of_a_deleted_tag(asked: Asked) -> None:
    tag = tagged(asked(), "core")["id"]
    alone, other = made(asked(), "alone", tags=["core"]), made(asked(), "other")
    asked().handle(TAG, tag, DeleteTag())
    assert changed(asked(), alone["id"], tags=[tag], priority=7)["priority"] == 7
    with pytest.raises(ValidationFailed):
        changed(asked(), other["id"], tags=[tag])
    tagged(asked(), "edge")
    assert changed(asked(), alone["id"], tags=["edge"])["tags"] == ["edge"]


def test_a_tag_on_too_many_devices_for_one_call_goes_when_the_call_is_repeated(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = tagged(asked(), "core")
    for _ in range(3):
        registered(asked(), tags=["core"])
    monkeypatch.setattr(tagging, "CHUNK", 1)
    monkeypatch.setattr(tagging, "PATIENCE_SECONDS", 0)
    calls = 0
    while True:
        try:
            tagging.delete(asked(), tag["id"], cascade=True, if_match=None)
            break
        except Unavailable:
            calls += 1
            monkeypatch.setattr(tagging, "PATIENCE_SECONDS", 0.01 * calls)
    assert tag_queries.tags(asked(), {}, 1, 25, []) == ([], 0)


def test_a_tag_that_is_not_there_can_neither_change_nor_go(asked: Asked) -> None:
    for cascade in (False, True):
        with pytest.raises(NotFound):
            tagging.delete(asked(), "f" * 24, cascade, None)
    with pytest.raises(NotFound):
        tagging.change(asked(), "f" * 24, {"name": "x"}, None)


def test_a_device_that_was_tagged_while_the_tag_went_does_not_show_it(asked: Asked) -> None:
    tag = tagged(asked(), "core")
    device = registered(asked())
    tagging.delete(asked(), tag["id"], cascade=False, if_match=None)
    asked().handle(DEVICE, device["id"], ChangeDevice({"tags": [tag["id"]]}))
    assert queries.device(asked(), device["id"])["tags"] == []

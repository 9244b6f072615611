"""What a tag allows and what follows."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_contracts.errors import Conflict, NotFound
from netraven_devices.tag import (
    ChangeTag,
    CreateTag,
    DeleteTag,
    Tag,
    TagCreated,
    TagDeleted,
    TagDescribed,
    TagRecoloured,
    TagRenamed,
    decide,
    evolve,
    unique,
)

CREATED = TagCreated("Core", "#ff0000", None)


def tag(*events: Any) -> Tag:
    state = Tag()
    for event in events:
        state = evolve(state, event)
    return state


FOLLOWS = {
    "creating is one event": ([], CreateTag("Core", "#ff0000"), [CREATED]),
    "every field has its event": (
        [CREATED],
        ChangeTag({"name": "core", "color": None, "description": "the ring"}),
        [TagRenamed("core"), TagRecoloured(None), TagDescribed("the ring")],
    ),
    "what is so already is no news": ([CREATED], ChangeTag({"name": "Core", "description": None}), []),
    "a tag that no device has can go": ([CREATED], DeleteTag(devices=0), [TagDeleted()]),
}


@pytest.mark.parametrize(("given_", "when", "then"), FOLLOWS.values(), ids=FOLLOWS)
def test_what_follows_from_a_command(given_: list[Any], when: Any, then: list[Any]) -> None:
    assert list(decide(tag(*given_), when)) == then


REFUSED = {
    "creating twice under one id": ([CREATED], CreateTag("x"), Conflict),
    "creating under the id of a deleted tag": ([CREATED, TagDeleted()], CreateTag("x"), Conflict),
    "changing what was never there": ([], ChangeTag({"name": "x"}), NotFound),
    "changing what is deleted": ([CREATED, TagDeleted()], ChangeTag({"name": "x"}), NotFound),
    "deleting twice": ([CREATED, TagDeleted()], DeleteTag(), NotFound),
    "deleting what devices have": ([CREATED], DeleteTag(devices=3), Conflict),
}


@pytest.mark.parametrize(("given_", "when", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(given_: list[Any], when: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(tag(*given_), when)


@pytest.mark.parametrize(("devices", "credentials"), [(3, 0), (0, 1), (2, 2)])
def test_a_tag_in_use_says_by_how_many(devices: int, credentials: int) -> None:
    with pytest.raises(Conflict) as refusal:
        decide(tag(CREATED), DeleteTag(devices, credentials))
    assert refusal.value.details == {"device_count": devices, "credential_count": credentials}


def test_events_make_the_tag() -> None:
    made = tag(CREATED, TagRenamed("core"), TagRecoloured("#00ff00"), TagDescribed("the ring"))
    assert made == Tag("active", "core", "#00ff00", "the ring")


def test_an_event_that_nobody_knows_changes_nothing() -> None:
    known = tag(CREATED)
    assert evolve(known, "something newer") is known


def test_the_name_is_held_whatever_its_case_and_free_afterwards() -> None:
    assert unique(Tag()) == {}
    assert unique(tag(CREATED)) == {"name": "core"}
    assert unique(tag(CREATED, TagDeleted())) == {}


def test_a_command_of_another_aggregate_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="a tag cannot str"):
        decide(Tag(), "paint")

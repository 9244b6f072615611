"""A tag: what may be asked of it and what then is true. No clock, no database, no queue.

Devices refer to it by id, so that a new name shows on all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.errors import Conflict, DuplicateName, NotFound


@dataclass(frozen=True, slots=True)
class TagCreated:
    """A tag is there."""

    name: str
    color: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class TagRenamed:
    """It has another name, on every device at once."""

    name: str


@dataclass(frozen=True, slots=True)
class TagRecoloured:
    """It has another colour."""

    color: str | None


@dataclass(frozen=True, slots=True)
class TagDescribed:
    """It has another description."""

    description: str | None


@dataclass(frozen=True, slots=True)
class TagDeleted:
    """It is gone; no device and no credential has it."""


@dataclass(frozen=True, slots=True)
class CreateTag:
    """Make a tag."""

    name: str
    color: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeTag:
    """Make these fields so."""

    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteTag:
    """Delete it, unless it is in use: so many devices and credentials have it now."""

    devices: int = 0
    credentials: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """What is true of a tag."""

    life: Literal["none", "active", "deleted"] = "none"
    name: str = ""
    color: str | None = None
    description: str | None = None


SETS: Mapping[str, type] = {"name": TagRenamed, "color": TagRecoloured, "description": TagDescribed}


def decide(tag: Tag, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound, Conflict, or TypeError for a stranger."""
    match command:
        case CreateTag(name, color, description):
            if tag.life != "none":
                raise Conflict("a tag with this id exists already, or has existed")
            return [TagCreated(name, color, description)]
        case ChangeTag(changes):
            _there(tag)
            return [
                event(changes[name])
                for name, event in SETS.items()
                if name in changes and changes[name] != getattr(tag, name)
            ]
        case DeleteTag(devices, credentials):
            return _delete(_there(tag), devices, credentials)
    raise TypeError(f"a tag cannot {type(command).__name__}")


def _there(tag: Tag) -> Tag:
    if tag.life != "active":
        raise NotFound("there is no tag with this id; it may have been deleted")
    return tag


def _delete(tag: Tag, devices: int, credentials: int) -> Sequence[Any]:
    if devices or credentials:
        raise Conflict(
            f"{devices} device(s) and {credentials} credential(s) have the tag {tag.name}; take it from "
            "them, or delete with cascade=true",
            {"device_count": devices, "credential_count": credentials},
        )
    return [TagDeleted()]


def evolve(tag: Tag, event: Any) -> Tag:
    """The tag after the event; one that it does not know changes nothing."""
    match event:
        case TagCreated(name, color, description):
            return Tag("active", name, color, description)
        case TagRenamed(name):
            return replace(tag, name=name)
        case TagRecoloured(color):
            return replace(tag, color=color)
        case TagDescribed(description):
            return replace(tag, description=description)
        case TagDeleted():
            return replace(tag, life="deleted")
    return tag


def unique(tag: Tag) -> Mapping[str, str]:
    """What no other tag may have: the name, whatever its case."""
    return {"name": tag.name.casefold()} if tag.life == "active" else {}


TAG: Aggregate[Tag] = Aggregate(
    name="tag",
    initial=Tag(),
    decide=decide,
    evolve=evolve,
    events=(TagCreated, TagRenamed, TagRecoloured, TagDescribed, TagDeleted),
    unique=unique,
    duplicates={"name": DuplicateName},
)

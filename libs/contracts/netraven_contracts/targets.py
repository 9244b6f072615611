"""Whom jobs and schedules are for: how a body says it. Whether such devices and tags are there, the jobs
service says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from netraven_contracts.body import Body
from netraven_contracts.fields import ObjectId, Switch, Text
from netraven_contracts.tags import TAG_NAME_LENGTH

MOST_DEVICES = 10_000
MOST_TAGS = 100
WAYS = ("device_id", "devices", "tags", "all")
"""The fields that say it, one of which is given."""
_ID = "65a1b2c3d4e5f60718293a4b"


def _told(description: str, example: Any) -> dict[str, Any]:
    return {"description": description, "example": example}


class Target(Body):
    """The devices, said in at most one way. Loads to `target`: {devices} or {tags} or {all}."""

    device_id = ObjectId(load_only=True, metadata=_told("One device.", _ID))
    devices = fields.List(
        ObjectId(),
        load_only=True,
        validate=validate.Length(1, MOST_DEVICES, error="must name {min} to {max} devices"),
        metadata=_told("Several devices, by their ids.", [_ID]),
    )
    tags = fields.List(
        Text(longest=TAG_NAME_LENGTH),
        load_only=True,
        validate=validate.Length(1, MOST_TAGS, error="must name {min} to {max} tags"),
        metadata=_told("All devices that have one of these tags, by name or id.", ["core"]),
    )
    all = Switch(
        load_only=True,
        validate=validate.Equal(True, error="must be true; leave it out otherwise"),
        metadata=_told("True: every device.", True),
    )

    @staticmethod
    def given(data: Mapping[str, Any]) -> list[str]:
        """In which ways it is said."""
        return [name for name in WAYS if name in data]

    @validates_schema
    def _not_two_targets(self, data: Mapping[str, Any], **_: Any) -> None:
        first, *others = self.given(data) or [""]
        if others:
            said = f"goes not together with {first}; give one of {', '.join(WAYS)}"
            raise ValidationError({name: [said] for name in others})

    @post_load
    def _as_target(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        for name in self.given(data):
            value = data.pop(name)
            data["target"] = {"devices": [value]} if name == "device_id" else {name: _once(value)}
        return data


def _once(value: Any) -> Any:
    return list(dict.fromkeys(value)) if isinstance(value, list) else value

"""What is said about tags: bodies, answers, filters, and the data of each event. No rules about them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from netraven_contracts.body import Body, Filters
from netraven_contracts.fields import Colour, Moment, ObjectId, Switch, Text

TAG_NAME_LENGTH = 50

# What separates tags in a CSV file must not be part of a name, and a name must not pass for an id.
_NAME = validate.Regexp(
    r"^(?![0-9a-fA-F]{24}$)[^,;|]+$",
    error="must hold none of , ; | and must not look like an identifier; choose another name",
)


class TagName(Text):
    """A tag's name as people write it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=TAG_NAME_LENGTH, validate=_NAME, **kwargs)
        plain = r"[^,;|\x00-\x1f\x7f-\x9f\u2028\u2029]*"
        self.metadata = {**self.metadata, "pattern": rf"^{plain}[^,;|\s\x00-\x1f\x7f-\x9f]{plain}$"}


class TagWord(Text):
    """A tag by its name, or by its id: one that was deleted shows nothing else."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=TAG_NAME_LENGTH, **kwargs)


class TagChanges(Body):
    """PATCH /tags/{id}: any subset."""

    name = TagName(metadata={"description": "Unique, whatever the case.", "example": "core"})
    color = Colour(allow_none=True, metadata={"description": "For screens.", "example": "#3b82f6"})
    description = Text(
        longest=500,
        allow_none=True,
        metadata={"description": "What the tag stands for.", "example": "The core ring"},
    )
    id = ObjectId(
        dump_only=True, metadata={"description": "Given by the API.", "example": "65a1b2c3d4e5f60718293a4b"}
    )
    device_count = fields.Integer(
        dump_only=True, metadata={"description": "How many devices have it now.", "example": 12}
    )
    version = fields.Integer(
        dump_only=True, metadata={"description": "Grows with every change.", "example": 1}
    )
    created_at = Moment(
        dump_only=True,
        metadata={"description": "When it was created.", "example": "2026-01-02T03:04:05.678Z"},
    )
    updated_at = Moment(
        dump_only=True,
        metadata={"description": "When it last changed.", "example": "2026-01-02T03:04:05.678Z"},
    )


class TagBody(TagChanges):
    """POST /tags."""

    name = TagName(required=True, metadata={"description": "Unique, whatever the case.", "example": "core"})


class Tag(TagChanges):
    """A tag as the API shows it."""


class TagFilters(Filters):
    """GET /tags."""

    name = Text(longest=TAG_NAME_LENGTH, metadata={"description": "Exactly this name, whatever the case."})
    q = Text(longest=TAG_NAME_LENGTH, metadata={"description": "Part of the name or the description."})


class TagRemoval(Filters):
    """DELETE /tags/{id}."""

    cascade = Switch(
        text=True,
        load_default=False,
        metadata={
            "description": "True: take the tag from its devices and credentials first; else a tag in use "
            "stays. A credential's only tag always does: without any it would be for every device."
        },
    )


TAG_SORTS = ("name", "color", "device_count", "created_at", "updated_at")


class TagCreated(Schema):
    """A tag is there."""

    name = fields.String(required=True)
    color = fields.String(required=True, allow_none=True)
    description = fields.String(required=True, allow_none=True)


class TagRenamed(Schema):
    """It has another name, on every device at once."""

    name = fields.String(required=True)


class TagRecoloured(Schema):
    """It has another colour."""

    color = fields.String(required=True, allow_none=True)


class TagDescribed(Schema):
    """It has another description."""

    description = fields.String(required=True, allow_none=True)


class TagDeleted(Schema):
    """It is gone; no device and no credential has it."""


EVENTS: dict[str, type[Schema]] = {
    schema.__name__: schema for schema in (TagCreated, TagRenamed, TagRecoloured, TagDescribed, TagDeleted)
}

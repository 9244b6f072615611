"""How every body and parameter list is read: what the API only tells is ignored, what is unknown refused.

The base of the schemas, and no schema of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import Schema, fields, pre_load

from netraven_contracts.fields import SPOKEN


class Body(Schema):
    """A JSON object sent by a client. It may be one that a GET returned: its read-only fields are ignored."""

    error_messages = {  # noqa: RUF012 - an instance variable by marshmallow's declaration
        "unknown": "is not known here; remove it or correct its spelling",
        "type": "must be a JSON object",
    }

    # The fields that must be there, and those of which a blank value counts as not given.
    needed: ClassVar[frozenset[str]] = frozenset()
    blank_is_absent: ClassVar[frozenset[str]] = frozenset()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Called by marshmallow with this schema's own copy of each field."""
        if field_name in self.needed:
            field_obj.required = True
        _speak(field_obj)
        if isinstance(field_obj, fields.List):
            _speak(field_obj.inner)

    @pre_load
    def leave_out(self, data: Any, **_: Any) -> Any:
        """The body without read-only fields and without blanks that count as nothing."""
        if not isinstance(data, Mapping):
            return data
        read_only = self.dump_fields.keys() - self.load_fields.keys()
        return {
            key: value
            for key, value in data.items()
            if key not in read_only and not (key in self.blank_is_absent and is_blank(value))
        }


# What marshmallow says by itself, and how we say it.
_OURS = {
    "Missing data for required field.": SPOKEN["required"],
    "Field may not be null.": SPOKEN["null"],
    "Not a valid string.": "must be a text",
    "Not a valid list.": "must be a list",
    "Not a valid mapping type.": "must be a JSON object",
}


def _speak(field: fields.Field[Any]) -> None:
    field.error_messages = {kind: _OURS.get(str(said), said) for kind, said in field.error_messages.items()}


class Filters(Schema):
    """The parameters of a list. An empty value counts as not given; a name that no filter has is refused."""

    error_messages = {  # noqa: RUF012 - an instance variable by marshmallow's declaration
        "unknown": "is not a parameter of this list; remove it or correct its spelling",
        "type": "must be parameters",
    }

    @pre_load
    def leave_out(self, data: Any, **_: Any) -> Any:
        """The parameters without the empty ones."""
        return {key: value for key, value in data.items() if not is_blank(value) and value != []}


def is_blank(value: Any) -> bool:
    """Whether `value` is null or a text of blanks."""
    return value is None or (isinstance(value, str) and not value.strip())

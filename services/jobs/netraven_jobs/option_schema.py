"""A type's options as a JSON Schema, for clients that make a form of them. It reads the schema and no
values.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

_KINDS: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Boolean, "boolean"),
    (fields.Integer, "integer"),
    (fields.Float, "number"),
    (fields.List, "array"),
    (fields.Mapping, "object"),
    (fields.String, "string"),
)


def of(schema: type[Schema]) -> dict[str, Any]:
    """The JSON Schema of what `schema` loads."""
    known = schema().fields
    properties = {field.data_key or name: _described(field) for name, field in known.items()}
    required = [field.data_key or name for name, field in known.items() if field.required]
    shown: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**shown, "required": required} if required else shown


def _described(field: fields.Field[Any]) -> dict[str, Any]:
    kind = next((word for known, word in _KINDS if isinstance(field, known)), "string")
    shown: dict[str, Any] = {"type": kind}
    for name in ("description", "example", "pattern", "minimum", "maximum"):
        if name in field.metadata:
            shown[name] = field.metadata[name]
    if isinstance(field.load_default, bool | int | float | str):
        shown["default"] = field.load_default
    for rule in field.validators:
        shown |= _bounds(rule)
    return shown


def _bounds(rule: Any) -> dict[str, Any]:
    if isinstance(rule, validate.OneOf):
        return {"enum": list(rule.choices)}
    if isinstance(rule, validate.Range):
        bounds = {"minimum": rule.min, "maximum": rule.max}
        return {name: value for name, value in bounds.items() if value is not None}
    return {}

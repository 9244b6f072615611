"""The parameters after the question mark, checked by a route's schema and remembered. No services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from marshmallow import Schema, ValidationError, fields

from netraven_contracts.errors import ValidationFailed

_MOST_PARAMETERS = 200
_WORTH_REMEMBERING = 256


class NoParameters(Schema):
    """The schema of a route that takes no parameters."""

    error_messages = {"unknown": "is not a parameter of this route; remove it or correct its spelling"}  # noqa: RUF012


def load(schema: type[Schema], query: str) -> Mapping[str, Any]:
    """The parameters in `query` as `schema` loads them. Nobody may change what comes back: it is remembered.

    A parameter with an empty value counts as not given. Raises ValidationFailed naming the parameter.
    """
    return _remembered(schema, query) if len(query) <= _WORTH_REMEMBERING else _load(schema, query)


@lru_cache(maxsize=2048)
def _remembered(schema: type[Schema], query: str) -> Mapping[str, Any]:
    return _load(schema, query)


def _load(schema: type[Schema], query: str) -> Mapping[str, Any]:
    checker = _checker(schema)
    try:
        return checker.load(_collect(pairs(query), checker))  # type: ignore[no-any-return]
    except ValidationError as error:
        raise ValidationFailed("A parameter is wrong", error.messages) from None


def pairs(query: str) -> Sequence[tuple[str, str]]:
    """The (name, value) pairs of a query string. Raises ValidationFailed when it is not UTF-8 or endless."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        reason = f"must be UTF-8 and at most {_MOST_PARAMETERS} parameters"
        raise ValidationFailed("The query cannot be read", {"query": [reason]}) from None


@lru_cache(maxsize=256)
def _checker(schema: type[Schema]) -> Schema:
    return schema()


def _collect(given: Sequence[tuple[str, str]], schema: Schema) -> dict[str, str | list[str]]:
    lists = {one.data_key or name for name, one in schema.fields.items() if isinstance(one, fields.List)}
    collected: dict[str, str | list[str]] = {}
    for name, value in given:
        if not value:
            continue
        if name in lists:
            values = collected.setdefault(name, [])
            assert isinstance(values, list)  # noqa: S101 - just made so
            values.append(value)
        elif name in collected:
            raise ValidationFailed("A parameter is wrong", {name[:100]: ["stands twice; give it once"]})
        else:
            collected[name] = value
    return collected

"""A body's bytes as data: strict JSON, or a form. No schemas, no sockets.

Strict because two readers must not see two things in one body: no name twice, no NaN, no half of a surrogate
pair, no nesting without end, and nothing that is not UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from netraven_contracts.errors import UnsupportedMediaType, ValidationFailed

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_MOST_FIELDS = 100


class _Twice(ValueError):
    """A name stands twice in one object."""


def media_type(content_type: str) -> str:
    """`application/json` of `Application/JSON; charset=utf-8`.

    Raises UnsupportedMediaType for a charset other than UTF-8.
    """
    kind, *parameters = content_type.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'").lower() not in (
            "utf-8",
            "utf8",
            "us-ascii",
        ):
            raise UnsupportedMediaType("Send the body in UTF-8")
    return kind.strip().lower()


def parse(body: bytes, content_type: str | None, accepted: Sequence[str]) -> Any:
    """The data in `body`.

    Parameters: `accepted`, the media types that the route reads, the first being its favourite.
    Raises UnsupportedMediaType for another type or none, ValidationFailed for what is not what it says.
    """
    kind = media_type(content_type or "")
    # application/merge-patch+json and the like are JSON objects with the meaning that our bodies have anyway.
    if kind.startswith("application/") and kind.endswith("+json"):
        kind = JSON
    if kind not in accepted:
        raise UnsupportedMediaType(f"Send the body as {' or '.join(accepted)}")
    return parse_json(body) if kind == JSON else parse_form(body)


def parse_json(body: bytes) -> Any:
    """The JSON document in `body`. Raises ValidationFailed when it is not exactly one."""
    try:
        document = orjson.loads(body)
        # orjson is strict about everything but names that stand twice; the standard library tells of those.
        if b'"' in body:
            json.loads(body, object_pairs_hook=once)
        return document
    except _Twice:
        raise ValidationFailed(
            "The body is not valid JSON", {"body": ["a name stands twice in one object"]}
        ) from None
    except orjson.JSONDecodeError as error:
        reason = f"{error.msg.split(':')[0]}, at line {error.lineno} column {error.colno}"
        raise ValidationFailed("The body is not valid JSON", {"body": [reason]}) from None
    except (ValueError, RecursionError):
        raise ValidationFailed("The body is not valid JSON", {"body": ["it is nested too deeply"]}) from None


def once(pairs: list[tuple[str, Any]]) -> None:
    """A hook for the standard library's JSON reader: ValueError for a name that stands twice in an object."""
    if len(pairs) > 1 and len({name for name, _ in pairs}) < len(pairs):
        raise _Twice


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form. Raises ValidationFailed when it is none, or has a field twice."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise ValidationFailed(
            "The body is not a valid form", {"body": ["it is not a form in UTF-8"]}
        ) from None
    if len(dict(pairs)) < len(pairs):
        raise ValidationFailed("The body is not a valid form", {"body": ["a field stands twice"]})
    return dict(pairs)

"""What a request must pass before its handler sees it, in this order: headers, identifiers, parameters, body.

Nothing is asked of a service here, and no answer is made: what fails raises an error that says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from marshmallow import Schema, ValidationError

from netraven_contracts.auth import Secret
from netraven_contracts.errors import (
    Forbidden,
    InvalidId,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
from netraven_gateway import bodies, conditional, idempotency, queries
from netraven_gateway.request import Request

_ID = re.compile(r"[0-9a-fA-F]{24}")
_BLOCK = 65_536


def permit(request: Request) -> None:
    """Raise Forbidden unless the caller may use the route."""
    route, caller = request.route, request.caller
    if not route.allows(caller.role):
        raise Forbidden(f"This needs the role {route.role}")
    if caller.read_only and route.writes:
        raise Forbidden("This token may only read")


def read(request: Request, limit: int) -> None:
    """Check and load everything that the route takes in. Raises what is wrong as BadRequest and its kin.

    Parameters: `limit`, octets of body at most where the route says nothing else.
    """
    route = request.route
    for name in route.identifiers:
        _check_id(request, name)
    request.query = queries.load(route.reads.query, request.query_string)
    if route.conditional:
        request.if_match = conditional.expected_version(request.header("HTTP_IF_MATCH"))
    raw = b""
    if route.reads.body is not None:
        raw = b"".join(blocks(request, route.reads.limit or limit))
        request.body = _load(request, raw)
    if route.method != "GET":
        _command(request, raw)


def _check_id(request: Request, name: str) -> None:
    given = request.params[name]
    if not _ID.fullmatch(given):
        raise InvalidId("An identifier has 24 hex digits", {name: ["must have 24 hex digits"]})
    if not given.islower():
        request.params = {**request.params, name: given.lower()}


def _command(request: Request, raw: bytes) -> None:
    """Give the command its id, which a repetition with the same Idempotency-Key shares."""
    route = request.route
    key = request.header("HTTP_IDEMPOTENCY_KEY") if route.keyed else None
    path = request.path.rstrip("/")
    request.context["command_id"] = idempotency.command_id(key, request.caller.user_id, route.method, path)
    if key is not None:
        request.context["body_hash"] = idempotency.body_hash(_hashable(request, raw), request.query_string)


def _hashable(request: Request, raw: bytes) -> bytes:
    """The body as far as its hash may be kept: a quick hash of a password would give the password away."""
    schema = request.route.reads.body
    hidden = secret_fields(schema) if schema is not None else frozenset[str]()
    if not hidden:
        return raw
    shown = {name: value for name, value in request.body.items() if name not in hidden}
    return orjson.dumps(shown, default=str, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=256)
def secret_fields(schema: type[Schema]) -> frozenset[str]:
    """The names of the fields of a body that hold secrets."""
    return frozenset(name for name, one in _schema(schema).fields.items() if isinstance(one, Secret))


def blocks(request: Request, limit: int) -> Iterator[bytes]:
    """The body's bytes as they come, refused before they are read when they say that they are too many.

    Raises PayloadTooLarge at the first octet over `limit`; UnsupportedMediaType for a body that is packed:
    what it comes to shows only when it is unpacked.
    """
    if (request.header("HTTP_CONTENT_ENCODING") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding")
    declared = request.header("CONTENT_LENGTH")
    if declared is not None and int(declared) > limit:
        raise _too_large(limit)
    stream = request.environ["wsgi.input"]
    left = limit + 1
    while left > 0 and (part := stream.read(min(_BLOCK, left))):
        left -= len(part)
        if left <= 0:
            raise _too_large(limit)
        yield part


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body must not be larger than {limit} octets")


def _load(request: Request, raw: bytes) -> Any:
    reads = request.route.reads
    if not raw and not reads.optional:
        raise ValidationFailed("The body is missing", {"body": [f"must be {reads.accepts[0]}"]})
    document = bodies.parse(raw, request.header("CONTENT_TYPE"), reads.accepts) if raw else {}
    assert reads.body is not None  # noqa: S101 - the caller looked
    try:
        return _schema(reads.body).load(document)
    except ValidationError as error:
        raise ValidationFailed("The body is not right", _named(error.messages)) from None


def _named(messages: Any) -> Any:
    # marshmallow's word for what concerns the whole body
    if isinstance(messages, dict) and "_schema" in messages:
        return {
            "body": messages["_schema"],
            **{key: value for key, value in messages.items() if key != "_schema"},
        }
    return messages


@lru_cache(maxsize=256)
def _schema(schema: type[Schema]) -> Schema:
    return schema()

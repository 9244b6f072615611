"""How a call and its answer look as messages: bytes and properties, both ways. Pure: nothing is sent here.

request   body: the keyword arguments as a JSON object; type: the method; headers: {"context": JSON}
answer    body: the value as JSON; type: "result"; headers: {"meta": JSON} when there is any
failure   body: {"code", "message", "details"}; type: "error"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from netraven_chassis.bus import context
from netraven_chassis.bus.reply import Reply
from netraven_contracts.errors import Internal, NetRavenError, rebuild

JSON = "application/json"
NON_PERSISTENT = 1
RESULT, ERROR = "result", "error"
META = "meta"
# RabbitMQ 4 closes the channel over a message above 16 MiB, with every call that is under way on it.
LARGEST_BODY = 12 * 1024 * 1024

Properties = dict[str, Any]


class Malformed(ValueError):
    """A message that is no request, or asks what the method cannot be asked; the text says why."""


class TooLarge(ValueError):
    """A value that does not fit into one message."""


@dataclass(slots=True)
class Request:
    """What a caller wants."""

    method: str
    arguments: dict[str, Any]
    context: dict[str, Any]


def queue_of(service: str) -> str:
    """The name of the queue where a service takes its calls."""
    return f"rpc-{service}"


def request(method: str, header: str, correlation_id: str, reply_to: str, timeout: float) -> Properties:
    """A request's properties. `header` is context.encode's text, `timeout` seconds until nobody waits."""
    return {
        "content_type": JSON,
        "application_headers": {context.HEADER: header},
        "delivery_mode": NON_PERSISTENT,
        "correlation_id": correlation_id,
        "reply_to": reply_to,
        "expiration": str(max(1, int(timeout * 1000))),
        "type": method,
    }


def read_request(body: bytes, properties: Mapping[str, Any]) -> Request:
    """The request in a message. Raises Malformed."""
    method = properties.get("type")
    if not method or properties.get("content_type") != JSON:
        raise Malformed("no method" if not method else "not marked as JSON")
    headers = properties.get("application_headers") or {}
    try:
        arguments = orjson.loads(body)
        caller = context.decode(headers.get(context.HEADER))
    except (ValueError, TypeError) as error:
        raise Malformed(f"neither arguments nor context can be read: {error}") from None
    if not isinstance(arguments, dict):
        raise Malformed("the arguments are no object")
    return Request(method, arguments, caller)


def answer(result: Any, correlation_id: str | None) -> tuple[bytes, Properties]:
    """A result or a Reply as a message. Raises TypeError when it cannot be JSON, TooLarge when too long."""
    meta: Mapping[str, Any] = {}
    if isinstance(result, Reply):
        result, meta = result.body, result.meta
    properties: Properties = {
        "content_type": JSON,
        "delivery_mode": NON_PERSISTENT,
        "correlation_id": correlation_id,
        "type": RESULT,
    }
    if meta:
        properties["application_headers"] = {META: orjson.dumps(meta).decode()}
    return encode(result), properties


def failure(error: NetRavenError, correlation_id: str | None) -> tuple[bytes, Properties]:
    """An error as a message. Details that cannot be JSON are left out."""
    named = {"code": error.code, "message": error.message}
    try:
        body = encode({**named, "details": error.details})
    except (TypeError, TooLarge):
        body = encode({**named, "details": None})
    return body, {
        "content_type": JSON,
        "delivery_mode": NON_PERSISTENT,
        "correlation_id": correlation_id,
        "type": ERROR,
    }


def read_answer(body: bytes, properties: Mapping[str, Any]) -> Reply:
    """The answer in a message, its body not decoded. Raises the error that it carries."""
    kind = properties.get("type")
    if kind == RESULT:
        headers = properties.get("application_headers")
        meta = headers.get(META) if headers else None
        return Reply(body, orjson.loads(meta) if meta else {})
    if kind == ERROR:
        failed = orjson.loads(body)
        raise rebuild(failed["code"], failed["message"], failed["details"])
    raise Internal("An answer between services was not understood.")


def encode(value: Any) -> bytes:
    """A value as JSON; bytes are JSON already. Raises TypeError, or TooLarge over the bus's limit."""
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    if len(body) > LARGEST_BODY:
        raise TooLarge(f"{len(body)} bytes do not fit into a message")
    return body

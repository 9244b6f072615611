"""Server-sent events as bytes, and the id after which a client wants to go on. Pure: no sockets, no rings."""

from __future__ import annotations

import re

from netraven_contracts.errors import ValidationFailed
from netraven_gateway.request import Request

MEDIA = "text/event-stream"
KEEPALIVE = b": keepalive\n\n"
# A client that lost its connection comes back after this, in milliseconds.
OPENING = b"retry: 2000\n\n"

# Nothing between us and the client may hold events back or keep them.
HEADERS = [("X-Accel-Buffering", "no")]

_NUMBER = re.compile(r"[0-9]{1,15}")
_LAST_EVENT_ID = "last_event_id"


def frame(event: bytes, data: bytes, ident: int | str | None = None) -> bytes:
    """One event. `data` is JSON, so it has no line breaks; without an `ident` the client's stays as it is."""
    if ident is None:
        return b"event: %b\ndata: %b\n\n" % (event, data)
    return b"event: %b\nid: %b\ndata: %b\n\n" % (event, str(ident).encode(), data)


def resume_text(request: Request) -> str | None:
    """The id of the last event that the client has; None when it begins.

    The header counts more: an EventSource that comes back sends it along with the parameters that it began
    with.
    """
    return request.header("HTTP_LAST_EVENT_ID") or request.query.get(_LAST_EVENT_ID) or None


def resume_number(request: Request) -> int | None:
    """The same where ids are numbers. Raises ValidationFailed for what is none."""
    text = resume_text(request)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise invalid("must be the id of an event of this stream: a whole number")
    return int(text)


def invalid(reason: str) -> ValidationFailed:
    """What is said of an id after which nobody can go on."""
    return ValidationFailed("The stream cannot go on there", {_LAST_EVENT_ID: [reason]})

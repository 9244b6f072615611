"""What the services could not take in, gathered from all that follow a log; retried or given up there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_contracts.errors import NotFound
from netraven_contracts.parked import SERVICES
from netraven_gateway import replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request


def index(gateway: Any, request: Request) -> Answer:
    """A page of what is parked, by service and in the order of the followed log."""
    page, size, only = request.query["page"], request.query["size"], request.query.get("service")
    asked = [name for name in SERVICES if only in (None, name)]
    calls = [(name, getattr(gateway, name).call_async("parked")) for name in asked]
    rows = [_shown(name, row) for name, call in calls for row in call.result()]
    shown = orjson.dumps(rows[(page - 1) * size : page * size])
    return replies.many(request, Reply(shown, {"total": len(rows)}))


def replay(gateway: Any, request: Request) -> Answer:
    """Another try."""
    service, where = _place(request.params["parked"])
    return replies.one(request, getattr(gateway, service).raw("replay_parked", **where))


def drop(gateway: Any, request: Request) -> Answer:
    """No more tries."""
    service, where = _place(request.params["parked"])
    getattr(gateway, service).drop_parked(**where)
    return replies.nothing()


def _shown(service: str, row: Mapping[str, Any]) -> dict[str, Any]:
    ident = f"{service}:{row['follower']}:{row['position']}"
    return {"id": ident, "service": service, **row, "parked_at": iso(row["parked_at"])}


def _place(ident: str) -> tuple[str, dict[str, Any]]:
    """The service of an id, and what it knows the parked change by."""
    service, _, rest = ident.partition(":")
    follower, _, position = rest.rpartition(":")
    if service not in SERVICES or not follower or not (position.isascii() and position.isdigit()):
        raise NotFound("Nothing is parked under this id; GET /api/parked has those that there are")
    return service, {"follower": follower, "position": int(position[:18])}

"""The list of all routes, for whoever looks at /api without a map. Made once, from the table itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from netraven_gateway import envelope
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.route import Route


def show(gateway: Any, request: Request) -> Answer:
    """Every route with what it does and who may use it."""
    return Answer(200, _made(gateway.routes), cache="no-cache")


@lru_cache(maxsize=4)
def _made(routes: tuple[Route, ...]) -> bytes:
    rows = [
        {"method": row.method, "path": row.path, "summary": row.summary, "role": row.role}
        for row in routes
        if not row.hidden
    ]
    return envelope.success(orjson.dumps(rows))

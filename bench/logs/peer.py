"""The peer of our streams: Starlette with sse-starlette under uvicorn, a queue for each client.

It has no log and no bus: lines come over HTTP and go to whoever is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_clients: set[asyncio.Queue[str]] = set()


async def stream(request: Request) -> EventSourceResponse:
    """One client, until it leaves."""

    async def lines() -> AsyncIterator[dict[str, str]]:
        mine: asyncio.Queue[str] = asyncio.Queue(1000)
        _clients.add(mine)
        try:
            while True:
                yield {"event": "log", "data": await mine.get()}
        finally:
            _clients.discard(mine)

    return EventSourceResponse(lines(), ping=15)


async def say(request: Request) -> Response:
    """A line for everybody."""
    text = (await request.body()).decode()
    for client in _clients:
        client.put_nowait(text)
    return Response(status_code=204)


app = Starlette(routes=[Route("/stream", stream), Route("/say", say, methods=["POST"])])

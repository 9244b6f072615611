"""The rows of the route table about the API itself and the state of the system."""

from __future__ import annotations

from netraven_contracts import status as system
from netraven_gateway import docs, health, index, openapi, status
from netraven_gateway.bodies import JSON
from netraven_gateway.route import ANYONE, VIEWER, Gives, Route

ROWS = (
    Route("GET", "/health", ANYONE, health.show, "system", "Show whether the API lives",
          gives=Gives(schema=system.Health)),
    Route("GET", "/status", VIEWER, status.show, "system", "Show every part of the system",
          gives=Gives(schema=system.SystemStatus)),
    Route("GET", "", ANYONE, index.show, "system", "List the routes",
          gives=Gives(schema={"type": "array", "items": {"type": "object"}})),
    Route("GET", "/openapi.json", ANYONE, openapi.show, "system", "Describe the API",
          gives=Gives(schema={"type": "object"}, media=JSON)),
    Route("GET", "/docs", ANYONE, docs.page, "system", "Read the documentation",
          gives=Gives(media="text/html")),
    Route("GET", "/docs/{file}", ANYONE, docs.part, "system", "Part of the page", hidden=True),
)  # fmt: skip

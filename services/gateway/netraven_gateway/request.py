"""One request as a handler sees it: checked, parsed and with a known caller. No sockets, no services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from netraven_contracts.access import Caller
from netraven_gateway.route import Route

NOBODY = Caller("", "", "", "", 0, 0)


class Request:
    """What a handler works with.

    `id` is the request id, `params` the named segments of the path, `query` the loaded parameters, `body` the
    loaded body, `context` what travels with every call to a service: actor, request_id, command_id,
    body_hash.
    """

    __slots__ = ("body", "caller", "context", "environ", "id", "if_match", "params", "query", "route")

    def __init__(
        self, request_id: str, environ: Mapping[str, Any], route: Route, params: Mapping[str, str]
    ) -> None:
        self.id = request_id
        self.environ = environ
        self.route = route
        self.params = params
        self.caller = NOBODY
        self.query: Mapping[str, Any] = {}
        self.body: Any = None
        self.if_match: int | None = None
        self.context: dict[str, Any] = {"request_id": request_id}

    def header(self, variable: str) -> str | None:
        """A header by its WSGI name, such as HTTP_IF_NONE_MATCH."""
        return self.environ.get(variable)

    def stream_ticket(self) -> str | None:
        """The ticket in the place of a token, where the route is a stream and no token is there."""
        if not self.route.stream or self.header("HTTP_AUTHORIZATION"):
            return None
        given = parse_qs(self.query_string, max_num_fields=200)
        return given.get("ticket", [""])[0] or None

    @property
    def path(self) -> str:
        """The decoded path."""
        return str(self.environ["PATH_INFO"])

    @property
    def query_string(self) -> str:
        """The parameters as they were sent."""
        return str(self.environ.get("QUERY_STRING", ""))

"""Which web pages of other origins may call the API. Off unless origins are set. Pure."""

from __future__ import annotations

from collections.abc import Collection

Headers = list[tuple[str, str]]

_EXPOSED = "ETag, Link, Location, Retry-After, X-Request-ID, Idempotency-Key"
_ALLOWED = (
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-ID, Last-Event-ID"
)
_REMEMBER_SECONDS = "600"


class Cors:
    """The rule for one gateway.

    Parameters: `origins`, such as `https://ops.example.com`; `*` lets every page in (tokens travel in a
    header and never in a cookie, so no page can use another's log-in).
    """

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def headers(self, origin: str | None) -> Headers:
        """What an answer to a page of `origin` carries."""
        allowed = self._allowed(origin)
        if not allowed:
            return [("Vary", "Origin")] if self._origins else []
        return [
            ("Access-Control-Allow-Origin", allowed),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Vary", "Origin"),
        ]

    def preflight(self, origin: str | None, methods: Collection[str]) -> Headers:
        """What the browser's question before the real request is answered with, beside `headers`."""
        if not self._allowed(origin):
            return []
        return [
            ("Access-Control-Allow-Methods", ", ".join(methods)),
            ("Access-Control-Allow-Headers", _ALLOWED),
            ("Access-Control-Max-Age", _REMEMBER_SECONDS),
        ]

    def _allowed(self, origin: str | None) -> str | None:
        if "*" in self._origins and origin:
            return "*"
        return origin if origin in self._origins else None

"""One line for each request, in the form of every other log line. No secret of a request is ever in it.

The query string and the headers stay out: they are where clients put what should not be kept.
"""

from __future__ import annotations

from typing import Any

import structlog

from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

_log = structlog.get_logger("netraven.access")


class AccessLog:
    """Writes the line."""

    def __call__(
        self,
        environ: dict[str, Any],
        answer: Answer,
        request: Request | None,
        request_id: str,
        seconds: float,
    ) -> None:
        """Say what was asked for, by whom, what it came to and how long it took."""
        _log.info(
            "request",
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            status=answer.status,
            ms=round(seconds * 1000, 2),
            request_id=request_id,
            actor=request.caller.user_id if request else "",
            address=environ.get("REMOTE_ADDR", ""),
        )

"""One line for each request, in the form of every other log line. No secret of a request is ever in it.

The query string and the headers stay out: they are where clients put what should not be kept. Lines are made
without structlog where they are for machines: made with it, they cost a third of a request.
"""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

import orjson
import structlog
from eventlet.hubs import get_hub

from netraven_chassis import logs, settings
from netraven_chassis.clock import iso, now_ms
from netraven_gateway.addresses import client_address
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

_NAME = "netraven.access"
_SOON_SECONDS = 0.05


class AccessLog:
    """Writes the line: at once for people, with others in one go for machines."""

    def __init__(self) -> None:
        self._wanted = logging.getLogger(_NAME).isEnabledFor(logging.INFO)
        self._stream = logs.json_stream()
        self._log = structlog.get_logger(_NAME)
        self._fixed = {"level": "info", "logger": _NAME, "instance": f"{socket.gethostname()}:{os.getpid()}"}
        self._trusted = settings.current().trusted_proxies
        self._lines: list[bytes] = []

    def __call__(
        self,
        environ: dict[str, Any],
        answer: Answer,
        request: Request | None,
        request_id: str,
        seconds: float,
    ) -> None:
        """Say what was asked for, by whom, what it came to and how long it took."""
        if not self._wanted:
            return
        line = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "status": answer.status,
            "ms": round(seconds * 1000, 2),
            "request_id": request_id,
            "actor": request.caller.user_id if request else "",
            "address": client_address(environ, self._trusted),
        }
        if self._stream is None:
            self._log.info("request", **line)
        else:
            self._add({**line, "event": "request", "timestamp": iso(now_ms()), **self._fixed})

    def _add(self, line: dict[str, Any]) -> None:
        if not self._lines:
            get_hub().schedule_call_global(_SOON_SECONDS, self.flush)
        self._lines.append(orjson.dumps(line))

    def flush(self) -> None:
        """Write what has come together."""
        lines, self._lines = self._lines, []
        if lines and self._stream is not None:
            self._stream.write(b"\n".join([*lines, b""]).decode())
            self._stream.flush()

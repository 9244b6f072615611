"""How a process tells what it does: one structured line an event, JSON for machines or coloured for a person.

What is bound with `structlog.contextvars` (service, request_id, method) stands in every line of that
greenlet, also in those of libraries. Secrets never get through, neither by name nor inside an address.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from netraven_chassis.settings import Settings

Event = MutableMapping[str, Any]

_json_streams: list[TextIO] = []

_SECRET_NAMES = re.compile(
    r"pass(word|wd|phrase)|secret|token|authorization|cookie|private_key|api_key", re.I
)
_SECRET_TEXT = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@|(?<=\bBearer )[\w.~+/=-]+", re.I)
_STARS = "***"

# Libraries that tell every frame and every heartbeat; what matters of it we tell ourselves.
_QUIET = {
    "nameko": logging.ERROR,  # it warns of every background thread that a stop ends
    **dict.fromkeys(("kombu", "amqp", "pymongo", "urllib3", "eventlet", "werkzeug"), logging.WARNING),
}


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all that is logged in this process to `stream` (standard error) in the form of the settings."""
    stream = stream or sys.stderr
    shared = _shared_processors()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    as_json = _as_json(settings, stream)
    handler.setFormatter(_formatter(as_json, shared))
    _json_streams[:] = [stream] if as_json else []
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)


def json_stream() -> TextIO | None:
    """Where this process's JSON lines go, for whoever writes too many to make each with structlog.

    None when lines are made for people, or nothing was configured.
    """
    return _json_streams[0] if _json_streams else None


def _as_json(settings: Settings, stream: TextIO) -> bool:
    return settings.log_format == "json" or (settings.log_format == "auto" and not stream.isatty())


def _shared_processors() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Instance(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        without_secrets,
    ]


def _formatter(as_json: bool, shared: list[structlog.typing.Processor]) -> logging.Formatter:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(default=str)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=40)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


class _Instance:
    """Adds which process speaks: host and process id, as in `/api/status`."""

    def __init__(self) -> None:
        self._host = socket.gethostname()

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        event.setdefault("instance", f"{self._host}:{os.getpid()}")
        return event


def without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor: stars for what is called like a secret, and for passwords inside other text."""
    for name, value in event.items():
        event[name] = _cleaned(name, value)
    return event


def _cleaned(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name) and value is not None:
        return _STARS
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_hide, value)
    if isinstance(value, dict):
        return {key: _cleaned(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(name, inner) for inner in value]
    if isinstance(value, BaseException):
        return _cleaned(name, "".join(traceback.format_exception_only(value)).strip())
    return value


def _hide(found: re.Match[str]) -> str:
    user = found.group(1)
    return _STARS if user is None else f"{user}:{_STARS}@"

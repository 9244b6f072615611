"""Who asks and why, as it travels with every call. No transport, no rules.

The keys are those of Nameko's `worker_ctx.data`: `actor` {"id", "name", "role"}, `request_id`, `command_id`,
`body_hash`, `causation_id`. A service that calls another passes on what it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from structlog.contextvars import bind_contextvars

KEYS = ("actor", "request_id", "command_id", "body_hash", "causation_id")
HEADER = "context"


def encode(data: Mapping[str, Any]) -> str:
    """The known keys of `data` as one header's text; keys that are missing or None are left out."""
    return orjson.dumps({key: data[key] for key in KEYS if data.get(key) is not None}).decode()


def decode(text: str | bytes | None) -> dict[str, Any]:
    """The context out of a header's text; an absent one is empty. Raises ValueError for anything else."""
    if not text:
        return {}
    data = orjson.loads(text)
    if not isinstance(data, dict):
        raise ValueError("the context is no object")
    return {key: data[key] for key in KEYS if key in data}


def bind(data: Mapping[str, Any], service: str, method: str) -> None:
    """Let every line that this greenthread logs say which request, service and method it belongs to."""
    bind_contextvars(request_id=data.get("request_id"), service=service, method=method)

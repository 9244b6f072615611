"""When a device was pinged before a moment of the past, from the monitor's samples. Nothing is kept here."""

from __future__ import annotations

from typing import Any

from netraven_contracts.errors import NetRavenError

SPAN_MS = 86_400_000  # a ping that is older than that by then counts as none
_PATIENCE_SECONDS = 1.0


def with_pulse(monitor: Any, shown: dict[str, Any], at: int) -> dict[str, Any]:
    """A device as it was at `at` (UTC milliseconds), with its last ping by then.

    Without it where the monitor does not know or does not answer: the past is more than its pings.
    """
    try:
        asked = {"device_id": shown["id"], "start": at - SPAN_MS, "end": at + 1, "limit": 1}
        found = monitor.within(_PATIENCE_SECONDS).samples(**asked)
    except NetRavenError:
        found = []
    pulse = {"last_ping": found[-1]["timestamp"], "latency_ms": found[-1]["latency_ms"]} if found else {}
    return {**shown, **pulse}

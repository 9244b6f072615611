"""Whether the gateway lives and whether devices are pinged. It answers even when nobody else does."""

from __future__ import annotations

import time
from typing import Any

import orjson
from nameko.extensions import DependencyProvider

from netraven_chassis.bus.client import SharedCaller
from netraven_contracts.errors import NetRavenError
from netraven_gateway import envelope
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

_PATIENCE_SECONDS = 1.0
_GOOD_FOR_SECONDS = 2.0


class Pings(DependencyProvider):
    """Whether devices are pinged. Anyone may ask for health; the monitor is asked every two seconds."""

    shared = SharedCaller()

    def __init__(self) -> None:
        super().__init__()
        self._until = float("-inf")
        self._enabled = False

    def get_dependency(self, worker_ctx: Any) -> Pings:
        """Itself, the same for all requests."""
        return self

    def enabled(self) -> bool:
        """True when the monitor says so; a monitor that does not answer does not ping."""
        if time.monotonic() >= self._until:
            # Others get the old word meanwhile, instead of queueing up behind a dead monitor.
            self._until = time.monotonic() + _PATIENCE_SECONDS
            self._enabled = self._ask()
            self._until = time.monotonic() + _GOOD_FOR_SECONDS
        return self._enabled

    def _ask(self) -> bool:
        try:
            return bool(self.shared.client("monitor", _PATIENCE_SECONDS).state()["ping_enabled"])
        except NetRavenError:
            return False


def show(gateway: Any, request: Request) -> Answer:
    """The simple health payload."""
    data = {"uptime": True, "ping_enabled": gateway.pings.enabled()}
    return Answer(200, envelope.success(orjson.dumps(data)))

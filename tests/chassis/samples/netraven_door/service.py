"""Says over HTTP which process it is in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import eventlet
import eventlet.wsgi
from nameko.extensions import DependencyProvider

from netraven_chassis import settings
from netraven_chassis.bus import rpc


class Door(DependencyProvider):
    """A listener on the port of the settings."""

    def start(self) -> None:
        wanted = settings.current()
        listener = eventlet.listen((wanted.host, wanted.port))
        self.thread = self.container.spawn_managed_thread(
            lambda: eventlet.wsgi.server(listener, self.answer, log_output=False)
        )

    def stop(self) -> None:
        self.thread.kill()

    def answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]


class DoorService:
    """Answers."""

    name = "door"
    door = Door()

    @rpc
    def ping(self) -> bool:
        """Whether it is there."""
        return True

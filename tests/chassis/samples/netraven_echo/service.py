"""Answers, sleeps, dies and hangs on request; keeps a number in its database."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from eventlet.patcher import original
from nameko.extensions import DependencyProvider, Entrypoint

from netraven_chassis.bus import rpc
from netraven_chassis.setting import Problem, SettingsError

log = structlog.get_logger(__name__)


class Once(Entrypoint):
    """Runs the method in a worker when the service has started."""

    def start(self) -> None:
        self.container.spawn_managed_thread(self.run)

    def run(self) -> None:
        self.container.spawn_worker(self, (), {})


once: Callable[..., Any] = Once.decorator


class Fuse(DependencyProvider):
    """A managed thread that fails as often as the file in ECHO_FUSE is long."""

    def start(self) -> None:
        self.container.spawn_managed_thread(self.run)

    def setup(self) -> None:
        if os.environ.get("ECHO_LOUDNESS"):
            problem = Problem("ECHO_LOUDNESS", "11", "too loud", "Use less.")
            raise SettingsError([problem])

    def run(self) -> None:
        path = os.environ.get("ECHO_FUSE", "")
        if path and (length := os.path.getsize(path)):
            os.truncate(path, length - 1)
            raise RuntimeError("the fuse blew")
        eventlet.sleep(3600)


class EchoService:
    """Says what it is told."""

    name = "echo"
    fuse = Fuse()

    @rpc
    def say(self, text: str) -> str:
        """The text again."""
        return text

    @once
    def work(self) -> None:
        """Work in hand when a stop comes: ECHO_WORK seconds asleep, or ECHO_HANG seconds in the way."""
        log.info("work begun", garbage_is_looked_for=gc.isenabled())
        original("time").sleep(float(os.environ.get("ECHO_HANG", "0")))
        time.sleep(float(os.environ.get("ECHO_WORK", "0")))
        log.info("work done")

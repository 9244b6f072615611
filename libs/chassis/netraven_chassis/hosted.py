"""One service in this process: its Nameko container is made, started within a deadline, and made anew when it
dies. Which services there are, and when all is to end, is the runner's affair.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.hubs import get_hub
from nameko.containers import ServiceContainer

from netraven_chassis.backoff import Backoff
from netraven_chassis.setting import SettingsError

log = structlog.get_logger(__name__)

# A container that did not start or stop in time is killed; what hangs even then ends with the process.
KILL_SECONDS = 2.0


class NotStarted(Exception):
    """The service did not start within its deadline."""


class Hosted:
    """A service that is to run until `stop`."""

    def __init__(
        self,
        service: type[Any],
        start_seconds: float = 30.0,
        backoff: Backoff | None = None,
        on_hopeless: Callable[[SettingsError], None] = lambda _error: None,
    ) -> None:
        """`service` is a Nameko service class; `start_seconds` bounds each of its starts.

        `on_hopeless(error)` is called when it cannot run with these settings; then it is not started again.
        """
        self.name: str = service.name
        self.running = False
        self.starts = 0
        self._service = service
        self._start_seconds = start_seconds
        self._backoff = backoff or Backoff(first=0.2, most=10.0)
        self._on_hopeless = on_hopeless
        self._container: Any = None
        self._started = Event()
        self._stopping = Event()
        self._thread: Any = None

    def begin(self) -> None:
        """Start it, and keep it running from now on; returns at once."""
        self._thread = eventlet.spawn(self._keep)

    def wait_running(self, seconds: float) -> None:
        """Return when it runs, or after so many seconds."""
        with eventlet.Timeout(seconds, False):
            self._started.wait()

    def stop(self, within: float) -> bool:
        """Let work in hand finish for `within` seconds, then kill what is left; True when all finished."""
        if not self._stopping.ready():
            self._stopping.send()
        finished = self._stop_container(within)
        if self._thread is not None:
            self._thread.kill()
        self.running = False
        return finished

    def _keep(self) -> None:
        while not self._stopping.ready():
            began = time.monotonic()
            try:
                self._run_once()
            except SettingsError as error:
                self.running = False
                self._on_hopeless(error)
                return
            except Exception as error:
                self.running = False
                if not self._stopping.ready():
                    self._pause(error, began)

    def _run_once(self) -> None:
        self._container = container = ServiceContainer(self._service)
        try:
            with eventlet.Timeout(self._start_seconds, NotStarted(self._too_slow())):
                container.start()
        except Exception:
            _kill(container)
            raise
        self.running = True
        self.starts += 1
        if not self._started.ready():
            self._started.send()
        log.info("service started", service=self.name, starts=self.starts)
        container.wait()

    def _too_slow(self) -> str:
        return (
            f"{self.name} did not start within {self._start_seconds:g} s; if its queues exist with other "
            "arguments, delete them or use a fresh virtual host"
        )

    def _pause(self, error: Exception, began: float) -> None:
        ran = time.monotonic() - began
        wait = self._backoff.after(ran)
        log.error(
            "service is not running, starting it again",
            service=self.name,
            why=f"{type(error).__name__}: {error}",
            seconds=round(wait, 1),
            exc_info=None if _expected(error) else error,
        )
        # Woken early by a stop.
        with eventlet.Timeout(wait, False):
            self._stopping.wait()

    def _stop_container(self, within: float) -> bool:
        container = self._container
        if container is None:
            return True
        if _in_time(within, container.stop if self.running else container.kill):
            return True
        log.warning("service still had work in hand and is ended", service=self.name, seconds=within)
        _kill(container)
        return False


def _kill(container: Any) -> None:
    _in_time(KILL_SECONDS, container.kill)


def _in_time(seconds: float, end: Callable[[], None]) -> bool:
    """Whether a container's `end` came back within so many seconds."""
    ended = False
    with eventlet.Timeout(seconds, False):
        try:
            end()
        except Exception as error:
            # What was not set up cannot be torn down; the container is thrown away in any case.
            log.debug("ending a container failed", error=repr(error))
        ended = True
    return ended


def log_lost_errors() -> None:
    """Put what a greenthread ended with into the log, where eventlet would print it to standard error."""

    hub = get_hub()

    def tell(_timer: Any, exc_info: tuple[type[Exception], Exception, Any]) -> None:
        # Told once already by whoever waits for that greenthread, when it is of the expected kind.
        tell_it = log.debug if _expected(exc_info[1]) else log.error
        tell_it("a greenthread ended with an error", exc_info=exc_info)

    def tell_and_remove(fileno: int, exc_info: tuple[type[Exception], Exception, Any]) -> None:
        tell(None, exc_info)
        hub.remove_descriptor(fileno)  # as eventlet does: nobody waits for it any more

    hub.squelch_timer_exception, hub.squelch_exception = tell, tell_and_remove


def _expected(error: Exception) -> bool:
    """Whether the error tells enough without a traceback: a server is away, a start took too long."""
    away = ("pymongo.", "amqp.", "kombu.")
    return (
        isinstance(error, OSError | NotStarted | SettingsError)
        or type(error).__module__.startswith(away)
        or type(error).__name__ == "BusNotReady"
    )

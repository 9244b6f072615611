"""The gateway's Nameko entrypoint: a checked request becomes one call of the service, in time. No HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import eventlet
from nameko.extensions import Entrypoint
from structlog.contextvars import clear_contextvars

from netraven_chassis import settings
from netraven_chassis.bus import context
from netraven_chassis.bus.heartbeat import Beat
from netraven_chassis.bus.stats import Stats
from netraven_chassis.bus.worker import Lifecycle, current_exc_info
from netraven_contracts.errors import Unavailable
from netraven_gateway.access_log import AccessLog
from netraven_gateway.answers import Answer
from netraven_gateway.application import Application
from netraven_gateway.cors import Cors
from netraven_gateway.problems import is_ours
from netraven_gateway.request import Request
from netraven_gateway.route import Route
from netraven_gateway.router import Router
from netraven_gateway.server import GatewayServer

_RETRY_SECONDS = 2


class HttpDoor(Entrypoint):
    """Hands every request that a route of `routes` takes to the decorated method, which returns an Answer.

    The method runs in the connection's own greenthread: a connection has one request at a time, so that
    nobody waits for a worker. Parameters: `routes`, the route table; `callers`, the name of the service's
    dependency that knows who asks.
    """

    server = GatewayServer()
    stats = Stats()
    beat = Beat()

    def __init__(self, routes: Sequence[Route], callers: str = "callers", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.routes = routes
        self.callers = callers
        self.application: Application | None = None

    def setup(self) -> None:
        """Called by Nameko before anything starts."""
        wanted = settings.current()
        who = next(one for one in self.container.dependencies if one.attr_name == self.callers)
        self._access_log = AccessLog()
        self.application = Application(
            Router(self.routes), self.run, who, Cors(wanted.cors_origins), wanted.body_limit, self._access_log
        )
        self._life = Lifecycle(self.container)
        # The work is done in connections and not in Nameko's pool, so that is what the heartbeat counts.
        self.beat.add("busy", lambda: self.stats.counts.busy)
        self.beat.add("capacity", lambda: wanted.connection_limit)
        self.server.register_provider(self)

    def stop(self) -> None:
        """Called by Nameko: no new requests from now on, and those in hand come to their end."""
        self.server.close(max(0.5, settings.current().stop_timeout_seconds - 2))
        self.server.unregister_provider(self)
        self._access_log.flush()

    def run(self, request: Request) -> Answer:
        """What the method answers. Raises what it raises, Unavailable when the route's time is over."""
        call = self._life.context(self, {"request": request}, request.context)
        began, fault, exc_info = perf_counter(), False, None
        context.bind(request.context, self.container.service_name, request.route.handler.__name__)
        self.stats.counts.begin()
        timer = eventlet.Timeout(request.route.seconds)
        answer: Answer | None = None
        try:
            answer = self._life.call(call)
            return answer
        except Exception as error:
            exc_info, fault = current_exc_info(), not is_ours(error)
            raise
        except eventlet.Timeout as over:
            fault = True
            if over is not timer:
                raise
            raise Unavailable("There was no answer in time", {"retry_after": _RETRY_SECONDS}) from None
        finally:
            timer.cancel()
            self.stats.counts.end(perf_counter() - began, fault)
            self._life.finish(call, answer, exc_info)
            clear_contextvars()


http = HttpDoor.decorator

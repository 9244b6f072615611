"""The gateway as a Nameko service: its wiring, and the one method through which every request goes."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from netraven_chassis.bus import RpcClient
from netraven_chassis.feed import Feed
from netraven_gateway.answers import Answer
from netraven_gateway.callers import Callers
from netraven_gateway.entrypoint import http
from netraven_gateway.event_feed import EventFeed
from netraven_gateway.health import Pings
from netraven_gateway.log_feed import LogFeed
from netraven_gateway.request import Request
from netraven_gateway.routes import ROUTES
from netraven_gateway.status import Vitals
from netraven_gateway.streams import Streams


def _version() -> str:
    try:
        return version("netraven-gateway")
    except PackageNotFoundError:
        return "0"


class GatewayService:
    """Serves /api: asks the other services and frames what they answer."""

    name = "gateway"
    routes = ROUTES
    version = _version()

    devices = RpcClient("devices")
    monitor = RpcClient("monitor")
    auth = RpcClient("auth")
    jobs = RpcClient("jobs")
    feed = Feed("auth", "devices", "monitor", "jobs")
    callers = Callers()
    streams = Streams()
    logs = LogFeed()
    events = EventFeed()
    pings = Pings()
    vitals = Vitals()

    @http(ROUTES)
    def handle(self, request: Request) -> Answer:
        """The answer of the route's handler."""
        return request.route.handler(self, request)

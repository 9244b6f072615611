"""The monitor as a Nameko service: each call is passed on to where it is answered."""

from __future__ import annotations

from typing import Any

from netraven_chassis.bus import rpc
from netraven_chassis.feed import Feed
from netraven_chassis.log_rpc import LogRpc
from netraven_chassis.store import Store
from netraven_monitor.check import check
from netraven_monitor.check_many import check_many
from netraven_monitor.history import availability_of, samples_of
from netraven_monitor.monitoring import Monitoring
from netraven_monitor.poller import Poller
from netraven_monitor.statement import adopt_statements
from netraven_monitor.views import VIEWS
from netraven_monitor.watch import WATCH


class MonitorService(LogRpc):
    """Who is reachable, since when and how fast."""

    name = "monitor"

    store = Store(WATCH, views=VIEWS, reactions={"devices": adopt_statements})
    feed = Feed("devices")
    monitoring: Monitoring = Poller()

    @rpc
    def check(self, device_id: str, ip_address: str) -> dict[str, Any]:
        """Ask a device now: {status, latency_ms, timestamp (UTC ms), position}."""
        return check(self.monitoring, self.store, device_id, ip_address)

    @rpc
    def check_many(self, devices: list[list[str]]) -> dict[str, dict[str, Any]]:
        """Ask many devices, [id, address] each: {id: {status, latency_ms, timestamp (UTC ms), reason}}."""
        return check_many(self.monitoring, self.store, devices)

    @rpc
    def samples(
        self, device_id: str, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """The newest samples of a span (UTC ms), oldest first: {timestamp, latency_ms}."""
        return samples_of(self.monitoring.samples, self.store, device_id, start, end, limit)

    @rpc
    def availability(
        self, device_id: str, start: int | None = None, end: int | None = None
    ) -> dict[str, Any]:
        """How long it was online, offline and unknown in a span (UTC ms)."""
        return availability_of(self.store, device_id, start, end)

    @rpc
    def state(self) -> dict[str, Any]:
        """Whether devices are pinged in the background: {ping_enabled, reason}."""
        return self.monitoring.state()

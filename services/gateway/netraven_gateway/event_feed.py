"""The streams of changes that somebody reads just now, fed by what the bus tells of the services' logs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson
import structlog
from nameko.extensions import DependencyProvider

from netraven_chassis.batch import Batch, decode
from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.rounds import Rounds
from netraven_contracts.errors import NetRavenError
from netraven_contracts.events import SERVICES
from netraven_gateway.audit import Wanted
from netraven_gateway.commit_source import AuditFeed, CommitSource, JobChanges

_log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 3.0
LOOK_SECONDS = 5.0
IDLE_SECONDS = 30.0
JOBS = "jobs"


class EventFeed(DependencyProvider):
    """Gives handlers sources of changes. Uses the service's dependencies `streams` and `feed`."""

    shared = SharedCaller()

    def __init__(self) -> None:
        super().__init__()
        self._sources: dict[Wanted | str, CommitSource] = {}
        self._looks = Rounds("events", self._look, LOOK_SECONDS, spread=0.0)

    def setup(self) -> None:
        """Called by Nameko before anything starts."""
        by_name = {one.attr_name: one for one in self.container.dependencies}
        self._streams = by_name["streams"]
        for service in SERVICES:
            by_name["feed"].subscribe(
                service, partial(self._on_commits, service), partial(self._on_reset, service)
            )

    def start(self) -> None:
        """Begin to look after what is open."""
        self._looks.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Look no more."""
        self._looks.stop()

    def get_dependency(self, _worker_ctx: Any) -> EventFeed:
        """Itself, the same for all requests."""
        return self

    def jobs(self) -> JobChanges:
        """The state changes of jobs. Raises Unavailable."""
        source: Any = self._source(JOBS, lambda: JobChanges(self.ask, self._streams.wake))
        return source  # type: ignore[no-any-return]

    def audit(self, wanted: Wanted) -> AuditFeed:
        """The changes of all services that are wanted. Raises Unavailable."""
        source: Any = self._source(wanted, lambda: AuditFeed(wanted, self.ask, self._streams.wake))
        return source  # type: ignore[no-any-return]

    def ask(self, service: str, after: int) -> Batch:
        """A range of a service's log. Raises Unavailable."""
        return decode(
            orjson.loads(self.shared.client(service, TIMEOUT_SECONDS).raw("log_range", after=after).body)
        )

    def _source(self, key: Wanted | str, make: Any) -> CommitSource:
        known = self._sources.get(key)
        if known is None:
            source = make()
            source.open()
            # Somebody may have opened the same meanwhile: all readers share one.
            known = self._sources.setdefault(key, source)
        known.left_at = time.monotonic()
        return known

    def _on_commits(self, service: str, commits: Sequence[Commit]) -> None:
        for source in list(self._sources.values()):
            if service in source.services and not source.take(service, commits):
                source.mend(service)

    def _on_reset(self, service: str) -> None:
        for source in list(self._sources.values()):
            if service in source.services:
                source.mend(service)

    def _look(self) -> None:
        for key, source in list(self._sources.items()):
            if source.readers:
                self._mend(source)
            elif time.monotonic() - source.left_at > IDLE_SECONDS:
                del self._sources[key]

    def _mend(self, source: CommitSource) -> None:
        """Read what the bus did not tell, should there be any."""
        source.left_at = time.monotonic()
        for service in source.services:
            try:
                source.mend(service)
            except NetRavenError as error:
                _log.info("a log cannot be read just now", service=service, reason=str(error))

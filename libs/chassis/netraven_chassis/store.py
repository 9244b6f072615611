"""The store as a Nameko dependency: opens it, keeps its followers and its relay going, binds it to each
request.

What it does stands in core.py, and what a service keeps in it in the service's own views and aggregates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
import structlog
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo
from netraven_chassis.aggregate import Aggregate
from netraven_chassis.batch import Batch, decode
from netraven_chassis.bound import BoundStore, context_of, reaction_context
from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_chassis.bus.subscription import Subscription
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.faults import infrastructure
from netraven_chassis.follow import AnotherLog, Follower
from netraven_chassis.ids import new_id
from netraven_chassis.lease import Lease
from netraven_chassis.rebuild import OWN
from netraven_chassis.rebuilding import Rebuilding
from netraven_chassis.relay import Relay
from netraven_chassis.rounds import Rounds
from netraven_chassis.views import ViewSet

log = structlog.get_logger(__name__)

React = Callable[[BoundStore, Commit], None]

HEAL_SECONDS = 2.0  # between looks for commits that a crash has left out of the views
RENEW_SECONDS, RENEW_LEASE_MS = 5.0, 60_000  # between looks for views of an older shape; who makes them anew
POLL_SECONDS, POLL_ALONE_SECONDS = (
    0.25,
    2.0,
)  # between looks for other processes' commits, if there can be any


class Store(DependencyProvider):
    """A service's log, views and followers.

    Parameters: the aggregates; `views`, its ViewSet; `reactions`, {service: react(store, commit)}: called
    for each commit of that service's log, in order, with a store that makes its commands idempotent. A
    reaction that fails again and again is parked.
    """

    shared = SharedCaller()

    def __init__(
        self,
        *aggregates: Aggregate[Any],
        views: ViewSet | None = None,
        reactions: Mapping[str, React] | None = None,
    ) -> None:
        self.aggregates = aggregates
        self.views = views or ViewSet()
        self._reactions = dict(reactions or {})
        self._subscriptions: list[Subscription] = []
        self._healing = Rounds("heal", self._heal, HEAL_SECONDS)
        self._renewing = Rounds("renew", self._renew, RENEW_SECONDS)
        self.relay: Relay | None = None
        self._publisher: ConfirmedPublisher | None = None

    def setup(self) -> None:
        """Open the database and make what is missing in it. Raises pymongo's errors when it is away."""
        service, uri = self.container.service_name, str(config["AMQP_URI"])
        database = mongo.database(service)
        self.core = Core(
            service, database, self.aggregates, self.views, SystemClock(), self._pull, self._appended
        )
        self.core.prepare()
        for source, react in self._reactions.items():
            self.core.react(source, partial(self._react, source, react))
        self._publisher = ConfirmedPublisher(uri, f"{service}.log")
        poll = POLL_ALONE_SECONDS if uri.startswith("embedded") else POLL_SECONDS
        self.relay = Relay(service, self.core.log, database, self._publisher.publish, new_id(), poll)
        self.rebuilding = Rebuilding(self.core)
        self._renewal = Lease(database["leases"], "renewal", new_id(), RENEW_LEASE_MS)

    def start(self) -> None:
        """Begin to publish, to follow and to heal."""
        spawn = self.container.spawn_managed_thread
        assert self.relay is not None and self._publisher is not None  # noqa: S101 - setup has made them
        self._publisher.start(spawn)
        spawn(self.relay.run, identifier="relay")
        self._healing.start(spawn)
        self._renewing.start(spawn)
        for source in self.core.sources():
            subscription = Subscription(
                str(config["AMQP_URI"]),
                f"{source}.log",
                f"{self.core.service}.follows.{source}",
                lambda body, _message: self._heard(decode(orjson.loads(body))),
                partial(self._catch_up, source),
            )
            subscription.start(spawn, deadline=None)
            self._subscriptions.append(subscription)

    def stop(self) -> None:
        """Finish what is being published and followed."""
        for part in (self._healing, self._renewing, *self._subscriptions, self.relay, self._publisher):
            if part is not None:  # a start that failed half-way has not made them all
                part.stop()

    def kill(self) -> None:
        """Stop without care: the log, the checkpoints and the leases are made for it."""
        self.stop()

    def get_dependency(self, worker_ctx: Any) -> BoundStore:
        """The store with the request's actor and ids."""
        return BoundStore(self.core, context_of(worker_ctx.data), self.rebuilding)

    def _appended(self) -> None:
        if self.relay is not None:
            self.relay.wake()

    def _pull(self, source: str, after: int) -> Batch:
        return decode(self.shared.client(source).log_range(after=after))

    def _heard(self, batch: Batch) -> None:
        for follower in self.core.fed_by(batch.source):
            self._guarded(follower, partial(follower.receive, batch))

    def _catch_up(self, source: str) -> None:
        for follower in self.core.fed_by(source):
            self._guarded(follower, follower.catch_up)

    def _heal(self) -> None:
        own = self.core.followers()[OWN]
        self._followed(own, own.catch_up)

    def _renew(self) -> None:
        """Views of an older shape are made anew, by one instance; it has to say so as long as it does it."""
        if self.core.generations.outdated and self._renewal.hold():
            self.rebuilding.start()

    def _guarded(self, follower: Follower, step: Callable[[], None]) -> None:
        """A step that may fail because something is away: the next message, or the next look, tries again."""
        try:
            self._followed(follower, step)
        except Exception as error:
            if not infrastructure(error):
                raise
            log.info("cannot follow just now", follower=follower.name, error=repr(error))

    def _followed(self, follower: Follower, step: Callable[[], None]) -> None:
        try:
            step()
        except AnotherLog as error:
            self._begin_anew(follower, error)

    def _begin_anew(self, follower: Follower, error: AnotherLog) -> None:
        log.warning("a log was replaced; what followed from it is made anew", reason=str(error))
        if follower.name.startswith("reaction:"):
            follower.begin_anew()
        else:
            self.rebuilding.start()

    def _react(self, source: str, react: React, commit: Commit) -> None:
        log_id = self.core.reactions[source].log_id
        context = reaction_context(self.core.service, source, log_id, commit.position, commit.request_id)
        react(BoundStore(self.core, context), commit)

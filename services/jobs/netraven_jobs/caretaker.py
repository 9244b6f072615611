"""What one instance of the jobs service does for all on its own: tells webhooks what happened, makes fresh
backups ready to be shown, gives up old ones. It only keeps time here; what is done stands in announcing.py,
redacting.py, keeping.py and webhooks.py.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.faults import infrastructure
from netraven_chassis.ids import new_id
from netraven_chassis.lease import Lease
from netraven_chassis.store import Store
from netraven_jobs import bearing, job_keeping, keeping, webhooks
from netraven_jobs.announcing import Announcer
from netraven_jobs.redacting import Redactor
from netraven_jobs.scribe import Reading

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
KEEP_SECONDS = 3600.0
FIRST_KEEP_SECONDS = 60.0  # after the start, when there is enough else to do
FOLLOW_LEASE_MS, KEEP_LEASE_MS = 30_000, 600_000


class Caretaker(DependencyProvider):
    """Loops, each under a lease of its own, so that however many instances run, one does it."""

    def setup(self) -> None:
        """Be ready to stop. Raises pymongo's errors when the database is away."""
        bearing.prepare(mongo.database("jobs"))
        self._stopped = Event()
        self._keep_at = time.monotonic() + FIRST_KEEP_SECONDS

    def start(self) -> None:
        """Begin to announce, to make ready and to keep."""
        store = BoundStore(self._one(Store).core, context_of({}))
        scribe, owner = self._one(Reading).scribe, new_id()
        followers: dict[str, Announcer | Redactor] = {
            "announcing": Announcer(store, scribe),
            "redacting": Redactor(store, scribe),
        }
        for name, follower in followers.items():
            self._begin(name, partial(self._follow, self._lease(name, owner, FOLLOW_LEASE_MS), follower))
        self._begin("keeping", partial(self._keep, self._lease("keeping", owner, KEEP_LEASE_MS), store))

    def stop(self) -> None:
        """Look no more."""
        if not self._stopped.ready():
            self._stopped.send(None)

    def kill(self) -> None:
        """Likewise: nothing here can be left half done."""
        self.stop()

    def _lease(self, name: str, owner: str, ttl_ms: int) -> Lease:
        return Lease(mongo.database("jobs")["leases"], name, owner, ttl_ms)

    def _begin(self, name: str, step: Callable[[], None]) -> None:
        self.container.spawn_managed_thread(lambda: self._for_ever(step), identifier=name)

    def _one(self, kind: type) -> DependencyProvider:
        return next(one for one in self.container.dependencies if isinstance(one, kind))

    def _for_ever(self, step: Callable[[], None]) -> None:
        while not self._stopped.ready():
            try:
                step()
            except Exception as error:
                if infrastructure(error):
                    log.info("cannot look just now", error=repr(error))
                else:
                    log.exception("a look failed; it is tried again")
            spread = random.uniform(0.8, 1.2)  # noqa: S311 - keeps instances apart
            self._stopped.wait(LOOK_SECONDS * spread)

    def _follow(self, lease: Lease, follower: Announcer | Redactor) -> None:
        # The lease is written to the disk: it is only asked for when there is something to do.
        while not self._stopped.ready() and follower.is_behind() and lease.hold():
            follower.look()

    def _keep(self, lease: Lease, store: BoundStore) -> None:
        if time.monotonic() < self._keep_at:
            return
        self._keep_at = time.monotonic() + KEEP_SECONDS
        if lease.hold():
            policy = keeping.policy_of(settings.current())
            given_up = keeping.thin(store, policy)
            dropped = keeping.sweep(store, datetime.now(UTC))
            webhooks.shred_removed(store)
            if given_up or dropped:
                log.info("gave up old backups", backups=given_up, texts=dropped)
            jobs = job_keeping.cut(store, store.now() - job_keeping.age_of(settings.current()), lease)
            if jobs:
                log.info("gave up what old jobs did with each device", jobs=jobs)

"""What one instance of the jobs service does for all on its own: tells webhooks what happened, gives up old
backups. It only keeps time here; what is done stands in announcing.py, keeping.py and webhooks.py.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.faults import infrastructure
from netraven_chassis.ids import new_id
from netraven_chassis.lease import Lease
from netraven_chassis.store import Store
from netraven_jobs import keeping, webhooks
from netraven_jobs.announcing import Announcer
from netraven_jobs.scribe import Reading

log = structlog.get_logger(__name__)

ANNOUNCE_SECONDS = 1.0
KEEP_SECONDS = 3600.0
FIRST_KEEP_SECONDS = 60.0  # after the start, when there is enough else to do
ANNOUNCE_LEASE_MS, KEEP_LEASE_MS = 10_000, 600_000


class Caretaker(DependencyProvider):
    """Two loops, each under a lease of its own, so that however many instances run, one does it."""

    def setup(self) -> None:
        """Be ready to stop."""
        self._stopped = Event()
        self._keep_at = time.monotonic() + FIRST_KEEP_SECONDS

    def start(self) -> None:
        """Begin to announce and to keep."""
        store = BoundStore(self._one(Store).core, context_of({}))
        announcer = Announcer(store, self._one(Reading).scribe)
        leases, owner = mongo.database("jobs")["leases"], new_id()
        announcing = Lease(leases, "announcing", owner, ANNOUNCE_LEASE_MS)
        keeping_on = Lease(leases, "keeping", owner, KEEP_LEASE_MS)
        spawn = self.container.spawn_managed_thread
        spawn(lambda: self._for_ever(lambda: self._announce(announcing, announcer)), identifier="announce")
        spawn(lambda: self._for_ever(lambda: self._keep(keeping_on, store)), identifier="keep")

    def stop(self) -> None:
        """Look no more."""
        if not self._stopped.ready():
            self._stopped.send(None)

    def kill(self) -> None:
        """Likewise: nothing here can be left half done."""
        self.stop()

    def _one(self, kind: type) -> DependencyProvider:
        return next(one for one in self.container.dependencies if isinstance(one, kind))

    def _for_ever(self, step: Callable[[], None]) -> None:
        while not self._stopped.ready():
            try:
                step()
            except Exception as error:
                if not infrastructure(error):
                    log.exception("a look failed; it is tried again")
                log.info("cannot look just now", error=repr(error))
            spread = random.uniform(0.8, 1.2)  # noqa: S311 - keeps instances apart
            self._stopped.wait(ANNOUNCE_SECONDS * spread)

    def _announce(self, lease: Lease, announcer: Announcer) -> None:
        while not self._stopped.ready() and lease.hold():
            if announcer.look() == 0:
                return

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

"""What one instance of the jobs service does for all on its own: tells webhooks what happened, makes fresh
backups ready to be shown, gives up old ones. It only keeps time here; what is done stands in announcing.py,
redacting.py, keeping.py and webhooks.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import structlog
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.ids import new_id
from netraven_chassis.lease import Lease
from netraven_chassis.rounds import Rounds
from netraven_chassis.store import Store
from netraven_jobs import bearing, job_keeping, keeping, system_log, webhooks
from netraven_jobs.announcing import Announcer
from netraven_jobs.lines import log_of
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.redacting import Redactor
from netraven_jobs.scribe import Reading

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
KEEP_SECONDS = 3600.0
FIRST_KEEP_SECONDS = 60.0  # after the start, when there is enough else to do
FOLLOW_LEASE_MS, KEEP_LEASE_MS = 30_000, 600_000


class Caretaker(DependencyProvider):
    """Rounds, each under a lease of its own, so that however many instances run, one does it."""

    def __init__(self) -> None:
        self._rounds: list[Rounds] = []

    def setup(self) -> None:
        """Make what is missing in the database. Raises pymongo's errors when it is away."""
        bearing.prepare(mongo.database("jobs"))

    def start(self) -> None:
        """Begin to announce, to make ready and to keep."""
        store = BoundStore(self._one(Store).core, context_of({}))
        scribe, owner = self._one(Reading).scribe, new_id()
        followers: dict[str, Announcer | Redactor] = {
            "announcing": Announcer(store, scribe),
            "redacting": Redactor(store, scribe),
        }
        for name, follower in followers.items():
            step = partial(_follow, _lease(name, owner, FOLLOW_LEASE_MS), follower)
            self._rounds.append(Rounds(name, step, LOOK_SECONDS, endure=True))
        keep = partial(_keep, _lease("keeping", owner, KEEP_LEASE_MS), store, log_of(self.container))
        self._rounds.append(Rounds("keeping", keep, KEEP_SECONDS, first=FIRST_KEEP_SECONDS, endure=True))
        for each in self._rounds:
            each.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Look no more."""
        for each in self._rounds:
            each.stop()

    def kill(self) -> None:
        """Likewise: nothing here can be left half done."""
        self.stop()

    def _one(self, kind: type) -> DependencyProvider:
        return next(one for one in self.container.dependencies if isinstance(one, kind))


def _lease(name: str, owner: str, ttl_ms: int) -> Lease:
    return Lease(mongo.database("jobs")["leases"], name, owner, ttl_ms)


def _follow(lease: Lease, follower: Announcer | Redactor) -> bool:
    """Whether there may be more to follow at once."""
    # The lease is written to the disk: it is only asked for when there is something to do.
    ours = follower.is_behind() and lease.hold()
    if ours:
        follower.look()
    return ours


def _keep(lease: Lease, store: BoundStore, lines: LogWriter) -> None:
    if not lease.hold():
        return
    policy = keeping.policy_of(settings.current())
    given_up = keeping.thin(store, policy)
    dropped = keeping.sweep(store, datetime.now(UTC))
    webhooks.shred_removed(store)
    if given_up or dropped:
        log.info("gave up old backups", backups=given_up, texts=dropped)
        text = f"Old backups are given up: {given_up} of them, and {dropped} texts"
        system_log.say(lines, text, backups=given_up, texts=dropped)
    jobs = job_keeping.cut(store, store.now() - job_keeping.age_of(settings.current()), lease)
    if jobs:
        log.info("gave up what old jobs did with each device", jobs=jobs)
        system_log.say(lines, f"What {jobs} old jobs did with each device is given up", jobs=jobs)

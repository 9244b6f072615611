"""Following logs without a database: what a gateway needs for its caches and streams. Nothing is stored here.

A subscriber keeps a snapshot of its own. It is told to read it anew at the start and after any gap; the
commits that come then may repeat what the snapshot has, but never leave anything out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis.batch import Batch, decode
from netraven_chassis.bus.subscription import Subscription
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.shortness import Shortness

log = structlog.get_logger(__name__)

OnCommits = Callable[[Sequence[Commit]], None]
OnReset = Callable[[], None]


@dataclass(slots=True, eq=False)
class Subscriber:
    """Two functions of one subscriber, and whether its snapshot still has to be read."""

    on_commits: OnCommits
    on_reset: OnReset
    stale: bool = True

    def refresh(self) -> None:
        """Read the snapshot if that is due; a failure leaves it due."""
        if not self.stale:
            return
        try:
            self.on_reset()
            self.stale = False
        except Exception as error:
            log.warning("a snapshot cannot be read yet", error=repr(error))


class Channel:
    """One log as this process hears it."""

    def __init__(self) -> None:
        self.heard_at = float("-inf")
        self.subscribers: list[Subscriber] = []
        self._position: int | None = None
        self._log_id = ""
        self._shortness = Shortness()

    def connected(self) -> None:
        """A queue is bound from now on; what was said before is only in the snapshots."""
        self._position = None
        self._all_stale()
        self._refresh()

    def receive(self, batch: Batch) -> None:
        """Hand on what follows, after new snapshots if anything is missing before it."""
        self.heard_at = time.monotonic()
        replaced = self._log_id not in ("", batch.log_id) or self._is_short(batch)
        if replaced or (self._position is not None and batch.after > self._position):
            self._all_stale()
        self._refresh()
        known = self._position if self._position is not None and not replaced else batch.after
        commits = [commit for commit in batch.commits if commit.position > known]
        self._position, self._log_id = max(known, batch.through), batch.log_id
        if commits:
            self._hand_on(commits)

    def _is_short(self, batch: Batch) -> bool:
        return self._position is not None and self._shortness.lasts(batch.head, self._position)

    def _hand_on(self, commits: Sequence[Commit]) -> None:
        for subscriber in self.subscribers:
            try:
                subscriber.on_commits(commits)
            except Exception:
                subscriber.stale = True  # what it made of its snapshot is not to be trusted any more
                log.exception("a subscriber failed on a commit")

    def _all_stale(self) -> None:
        for subscriber in self.subscribers:
            subscriber.stale = True

    def _refresh(self) -> None:
        for subscriber in self.subscribers:
            subscriber.refresh()


class Feed(DependencyProvider):
    """The logs of these services, as they are published. As a dependency it is itself, the same for all
    workers.
    """

    def __init__(self, *sources: str) -> None:
        self._sources = sources
        self._channels: dict[str, Channel] = {source: Channel() for source in sources}
        self._subscriptions: list[Subscription] = []

    def subscribe(self, source: str, on_commits: OnCommits, on_reset: OnReset = lambda: None) -> None:
        """Call `on_reset()` to read a snapshot, then `on_commits(commits)`; both in a greenthread of the
        log's own.
        """
        self._channels[source].subscribers.append(Subscriber(on_commits, on_reset))

    def last_heard(self, source: str) -> float:
        """When the log's relay was last heard, in time.monotonic() seconds; minus infinity when never."""
        return self._channels[source].heard_at

    def start(self) -> None:
        """Begin to listen; a broker that is away is waited for in the background."""
        for source, channel in self._channels.items():
            subscription = Subscription(
                config["AMQP_URI"],
                f"{source}.log",
                None,
                lambda body, _message, channel=channel: channel.receive(decode(orjson.loads(body))),  # type: ignore[misc]
                channel.connected,
            )
            subscription.start(self.container.spawn_managed_thread, deadline=None)
            self._subscriptions.append(subscription)

    def stop(self) -> None:
        """Listen no more."""
        for subscription in self._subscriptions:
            subscription.stop()

    def get_dependency(self, _worker_ctx: Any) -> Feed:
        """The feed itself."""
        return self

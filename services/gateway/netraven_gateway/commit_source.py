"""The logs of services as they are streamed: state changes of jobs, and the audit feed over all logs. What
the bus tells is joined with what the logs have. No sockets; how a log is asked comes in as a function.

Both are Sources. A reader of jobs is at a position of one log; an auditor is at a vector of positions, and
what is new to all auditors of one kind comes in one order, each entry with the vector after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import structlog

from netraven_chassis.batch import Batch
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.events import SERVICES
from netraven_gateway import audit, cursors, restored, sse
from netraven_gateway.audit import Wanted
from netraven_gateway.cursors import Vector
from netraven_gateway.restored import Beginning, Identity
from netraven_gateway.rings import Ring
from netraven_gateway.stream import Page, Stream

_log = structlog.get_logger(__name__)

Ask = Callable[[str, int], Batch]
"""log_range of a service: (service, after)."""

MOST_TOGETHER = 1000  # commits in a page of the audit feed's history


class CommitSource:
    """What both have in common: how the bus's commits are taken in, and what is missing read."""

    numbered = True

    def __init__(self, services: Sequence[str], ask: Ask, on_news: Callable[[Any], None]) -> None:
        self.services = services
        self.ring = Ring(0)
        self.readers: set[Stream] = set()
        self.left_at = 0.0
        self.positions: dict[str, int] = {}  # up to which all is in the ring, by service
        self._ask = ask
        self._on_news = on_news
        self._mending: set[str] = set()
        self._identities: dict[str, Identity] = {}

    def open(self) -> None:
        """Find out how far the logs are. Raises Unavailable."""
        ends = {service: self._ask(service, 2**53) for service in self.services}
        self._identities = {service: Identity(end.log_id) for service, end in ends.items()}
        self.positions = {service: end.head for service, end in ends.items()}
        self.ring = Ring(self.positions[self.services[0]])

    def take(self, service: str, commits: Sequence[Commit]) -> bool:
        """Take in commits that were told; False when some before them are missing."""
        for commit in commits:
            known = self.positions.get(service, commit.position)
            if commit.position > known + 1:
                return False
            if commit.position == known + 1:
                self.positions[service] = commit.position
                self._add(service, commit)
        self._on_news(self)
        return True

    def mend(self, service: str) -> None:
        """Read what the bus did not tell of a log. Raises Unavailable."""
        if service in self._mending or service not in self.positions:
            return
        self._mending.add(service)
        try:
            batch = self._ask(service, self.positions[service])
            if self._identities[service].is_another(batch.log_id, batch.head, self.positions[service]):
                self.positions[service] = batch.head
                self._begin_anew(service)
                self._on_news(self)
                return
            while batch.commits:
                self.take(service, batch.commits)
                batch = self._ask(service, self.positions[service])
        finally:
            self._mending.discard(service)

    def _add(self, service: str, commit: Commit) -> None:
        raise TypeError(f"{type(self).__name__} does not say what becomes of a commit")

    def _begin_anew(self, service: str) -> None:
        raise TypeError(f"{type(self).__name__} does not say what becomes of a log that was restored")


class JobChanges(CommitSource):
    """The state changes of all jobs; places are positions of the jobs service's log."""

    def __init__(self, ask: Ask, on_news: Callable[[Any], None]) -> None:
        super().__init__(("jobs",), ask, on_news)

    def serial(self, place: int) -> int | None:
        """Where `place` is in the ring."""
        return self.ring.serial(place)

    def reach(self, place: int) -> Beginning:
        """Be as far as a client was elsewhere; where it goes on. Raises Unavailable."""
        if place > self.ring.last:
            self.mend("jobs")
        if place <= self.ring.last:
            return Beginning(place)
        end = self.ring.last
        return Beginning(end, restored.frame({"service": "jobs", "position": end}, end))

    def history(self, place: int) -> Page:
        """The changes after `place`, as the log has them."""
        batch = self._ask("jobs", place)
        if place <= self.ring.last < batch.through:
            self.take("jobs", batch.commits)
        return Page(b"".join(map(_job_frame, batch.commits)), batch.through)

    def _add(self, service: str, commit: Commit) -> None:
        frame = _job_frame(commit)
        if frame:
            self.ring.append(commit.position, frame)
        else:
            self.ring.pass_to(commit.position)

    def _begin_anew(self, service: str) -> None:
        place = self.positions[service]
        restored.begin_anew(self, place, {"service": service, "position": place})


def _job_frame(commit: Commit) -> bytes:
    change = audit.job_change(commit)
    return sse.frame(b"job", orjson.dumps(change), commit.position) if change else b""


class AuditFeed(CommitSource):
    """The changes of all services that are `wanted`; places are vectors."""

    numbered = False

    def __init__(self, wanted: Wanted, ask: Ask, on_news: Callable[[Any], None]) -> None:
        super().__init__(SERVICES, ask, on_news)
        self.wanted = wanted

    @property
    def place(self) -> Vector:
        """How far the ring is."""
        return cursors.vector(self.positions)

    def serial(self, place: Vector) -> int | None:
        """The end of the ring for whoever is as far as it; others come to it by their history."""
        return self.ring.end if place == self.place else None

    def reach(self, place: Vector) -> Beginning:
        """Be as far as a client was elsewhere; where it goes on. Raises Unavailable."""
        frames = []
        for service, position in zip(SERVICES, place, strict=True):
            if position > self.positions[service]:
                self.mend(service)
            end = self.positions[service]
            if position > end:
                place = cursors.moved(place, service, end)
                frames.append(restored.frame({"service": service, "position": end}, cursors.encode(place)))
        return Beginning(place, b"".join(frames))

    def history(self, place: Vector) -> Page:
        """The changes after `place` up to where the ring is now, or a first part of them."""
        goal, serial = self.place, self.ring.end
        parts: list[bytes] = []
        for number, service in enumerate(SERVICES):
            if service not in self.wanted.services:  # nothing in it is told: it is passed by unread
                place = cursors.moved(place, service, goal[number])
                continue
            for commit in self._between(service, place[number], goal[number]):
                place = cursors.moved(place, service, commit.position)
                parts.append(self._frame(service, commit, place))
                if len(parts) >= MOST_TOGETHER:
                    return Page(b"".join(parts), place)
        return Page(b"".join(parts), place, serial)

    def _between(self, service: str, after: int, to: int) -> Sequence[Commit]:
        found: list[Commit] = []
        while after < to and len(found) < MOST_TOGETHER:
            batch = self._ask(service, after)
            if not batch.commits:
                raise sse.invalid(f"is past the end of the log of {service}")
            found.extend(commit for commit in batch.commits if commit.position <= to)
            after = batch.through
        return found

    def _add(self, service: str, commit: Commit) -> None:
        frame = self._frame(service, commit, self.place)
        if frame:
            self.ring.append(self.ring.last + 1, frame)

    def _begin_anew(self, service: str) -> None:
        told = {"service": service, "position": self.positions[service]}
        _log.warning("a log was restored or replaced: the audit feed goes on where it ends now", **told)
        self.ring.append(self.ring.last + 1, restored.frame(told, cursors.encode(self.place)))

    def _frame(self, service: str, commit: Commit, place: Vector) -> bytes:
        if not self.wanted.takes(service, commit):
            return b""
        told = audit.entry(service, commit, place)
        return sse.frame(b"change", orjson.dumps(told), told["cursor"])

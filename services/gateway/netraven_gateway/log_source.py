"""The log of one job, or of all jobs, as it is streamed: what the bus tells of it joined with what the log
has, without a gap and without a repeat. No sockets; how the log is asked comes in as a function.

Lines may be told twice, in another order, or not at all. What continues the ring is taken at once; what is
ahead of it waits a moment for the lines between, and then they are read from the log.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from eventlet.event import Event

from netraven_gateway import restored, sse
from netraven_gateway.restored import Beginning, Identity
from netraven_gateway.rings import Ring
from netraven_gateway.stream import Page, Stream

Json = Mapping[str, Any]
PAGE = 500  # entries read from the log at once
MOST_WAITING = 5000  # lines that are ahead of the ring
MOST_PAGES = 64  # of history that are remembered, of all logs together
_NOWHERE = 2**53


class Pages:
    """Pages of history read a moment ago: a crowd that opens one log reads it once."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str | None, int], Page | Event] = OrderedDict()

    def get(self, key: tuple[str | None, int], read: Callable[[], Page]) -> Page:
        """The page, read now unless somebody did, or is doing it. Raises what `read` raises."""
        known = self._pages.get(key)
        if isinstance(known, Event):
            page: Page = known.wait()
            return page
        if known is None:
            known = self._read(key, read)
        return known

    def _read(self, key: tuple[str | None, int], read: Callable[[], Page]) -> Page:
        waiting = self._pages[key] = Event()
        try:
            page = read()
        except BaseException as error:
            del self._pages[key]
            waiting.send_exception(error)
            raise
        self._pages[key] = page
        waiting.send(page)
        self._forget_old()
        return page

    def forget(self, job_id: str | None) -> None:
        """Forget the pages of a log."""
        for key in [key for key, page in self._pages.items() if key[0] == job_id and isinstance(page, Page)]:
            del self._pages[key]

    def _forget_old(self) -> None:
        done = [key for key, page in self._pages.items() if isinstance(page, Page)]
        for key in done[: max(0, len(done) - MOST_PAGES)]:
            del self._pages[key]


class LogSource:
    """A Source of log entries; its places are seqs of the job's log, positions without a job.

    Parameters: `ask(job_id, after, limit)` is logs_after of the jobs service; `on_news(source)` is told of
    new frames; `on_gap(source)` when lines are missing for now.
    """

    def __init__(
        self,
        job_id: str | None,
        ask: Callable[[str | None, int, int], Json],
        on_news: Callable[[LogSource], None],
        on_gap: Callable[[LogSource], None],
        pages: Pages,
    ) -> None:
        self.job_id = job_id
        self.numbered = True
        self.ring = Ring(0)
        self.readers: set[Stream] = set()
        self.left_at = 0.0  # monotonic seconds; since when it has no readers
        self._ask = ask
        self._on_news = on_news
        self._on_gap = on_gap
        self._pages = pages
        self._place = "position" if job_id is None else "seq"
        self._open = False
        self._waiting: dict[int, Json] = {}
        self._mending = self._again = False
        self._identity = Identity()

    def open(self) -> None:
        """Find out how far the log is. Raises NotFound for a job that is none, Unavailable."""
        answer = self._ask(self.job_id, _NOWHERE, 1)
        self._identity = Identity(answer["log_id"])
        self.ring = Ring(answer["head"])
        self.ring.closed = answer["ended"]
        self._open = True
        self._drain()

    def take(self, entries: Sequence[Json]) -> None:
        """Lines that were told on the bus."""
        for entry in entries:
            if not self._open or entry[self._place] > self.ring.last:
                self._waiting[entry[self._place]] = entry
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self._on_gap(self)
        if self._open:
            self._drain()

    def _drain(self) -> None:
        before = self.ring.end
        while (entry := self._waiting.pop(self.ring.last + 1, None)) is not None:
            self._append(entry)
        if self.ring.end != before:
            self._on_news(self)
        for place in [place for place in self._waiting if place <= self.ring.last]:
            del self._waiting[place]
        if self._waiting:
            self._on_gap(self)

    def _append(self, entry: Json, before: bytes = b"") -> None:
        place = entry[self._place]
        self.ring.append(place, before + sse.frame(b"log", orjson.dumps(entry), place))

    def serial(self, place: int) -> int | None:
        """Where `place` is in the ring."""
        return self.ring.serial(place)

    def reach(self, place: int) -> Beginning:
        """Be at least as far as a client was elsewhere; where it goes on. Raises Unavailable.

        Nobody was ever past the end of this log: there it is the client's log that is gone.
        """
        if place > self.ring.last:
            self.mend()
        if place <= self.ring.last:
            return Beginning(place)
        end = self.ring.last
        return Beginning(end, restored.frame({"job_id": self.job_id, "position": end}, end))

    def history(self, place: int) -> Page:
        """The entries after `place`, a page of them, as the log has them."""
        return self._pages.get((self.job_id, place), lambda: self._read(place))

    def _read(self, place: int) -> Page:
        answer = self._ask(self.job_id, place, PAGE)
        self._catch_up(place, answer)
        frames = self._frames(place, answer)
        return Page(b"".join(frame for _, frame in frames), frames[-1][0] if frames else place)

    def mend(self) -> None:
        """Read what the bus did not tell, and whether the job is over. Raises Unavailable."""
        if self._mending:
            self._again = True
            return
        self._mending = self._again = True
        try:
            while self._again:
                self._again = False
                self._mend()
        finally:
            self._mending = False

    def _mend(self) -> None:
        full = True
        while full:
            after = self.ring.last
            answer = self._ask(self.job_id, after, PAGE)
            if self._identity.is_another(answer["log_id"], answer["head"], after):
                self._begin_anew(answer["head"])
                return
            self._catch_up(after, answer)
            full = len(answer["entries"]) == PAGE
        self._drain()
        if answer["ended"] and self.ring.last >= answer["head"] and not self.ring.closed:
            self.ring.closed = True
            self._on_news(self)

    def _begin_anew(self, head: int) -> None:
        self._waiting.clear()
        self._pages.forget(self.job_id)
        restored.begin_anew(self, head, {"job_id": self.job_id, "position": head})
        self._on_news(self)

    def close(self) -> None:
        """There is no such log any more: readers are told that nothing follows."""
        self.ring.closed = True
        self._on_news(self)

    def _catch_up(self, after: int, answer: Json) -> None:
        """Put into the ring what it lacks of an answer of the log, which is the truth."""
        if after > self.ring.last or self.ring.closed:
            return
        before = self.ring.end
        for place, frame in self._frames(after, answer):
            if place > self.ring.last:
                self.ring.append(place, frame)
        if self.ring.end != before:
            self._on_news(self)

    def _frames(self, after: int, answer: Json) -> list[tuple[int, bytes]]:
        """(place, frame) of an answer; what retention has taken is told before the first of them."""
        entries = answer["entries"]
        if not entries:
            gone = answer["head"] - after
            return [(answer["head"], _trimmed(after, answer["head"], gone))] if gone > 0 else []
        last = entries[-1][self._place]
        gone = last - after - len(entries)
        frames = [
            (entry[self._place], sse.frame(b"log", orjson.dumps(entry), entry[self._place]))
            for entry in entries
        ]
        if gone:
            frames[0] = (frames[0][0], _trimmed(after, last, gone) + frames[0][1])
        return frames


def _trimmed(after: int, to: int, count: int) -> bytes:
    """Tells a client that `count` entries after `after`, up to `to`, are no longer kept."""
    return sse.frame(b"trimmed", orjson.dumps({"from": after + 1, "to": to, "count": count}))

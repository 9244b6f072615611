"""Reading for clients of streams what the rings do not have, a few at a time. Nothing is written to a client
here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import eventlet
import structlog

from netraven_contracts.errors import NetRavenError
from netraven_gateway.stream import Stream

_log = structlog.get_logger(__name__)

AT_ONCE = 8
TRIES, PAUSE_SECONDS = 4, 0.5


class Histories:
    """Fetches a page for a stream, then lets it go on.

    Parameters: `has(stream)`, whether it is still there; `go_on(stream)` writes what it has; `end(stream)`.
    """

    def __init__(
        self, has: Callable[[Stream], bool], go_on: Callable[[Stream], None], end: Callable[[Stream], None]
    ) -> None:
        self._has = has
        self._go_on = go_on
        self._end = end
        self._wanting: deque[Stream] = deque()
        self._fetchers = 0

    def want(self, stream: Stream) -> None:
        """Fetch what follows the stream's place; returns at once."""
        if stream.fetching:
            return
        stream.fetching = True
        self._wanting.append(stream)
        if self._fetchers < AT_ONCE:
            self._fetchers += 1
            eventlet.spawn_n(self._fetch)

    def _fetch(self) -> None:
        try:
            while self._wanting:
                stream = self._wanting.popleft()
                if self._read(stream) and self._has(stream):
                    stream.fetching = False
                    self._go_on(stream)
                else:
                    self._end(stream)
        finally:
            self._fetchers -= 1

    def _read(self, stream: Stream) -> bool:
        """Whether the stream got its page; the client of one that did not comes again."""
        for number in range(1, TRIES + 1):
            if not self._has(stream):
                return False
            try:
                page = stream.source.history(stream.place)
                # A place that nothing follows and that is in no ring: the log is another than it was.
                stuck = not page.body and page.place == stream.place and page.serial is None
                stream.continue_with(page)
                return not stuck
            except NetRavenError as error:
                _log.info("a stream's history cannot be read", attempt=number, reason=str(error))
                eventlet.sleep(PAUSE_SECONDS * number)
            except Exception:
                _log.exception("a stream's history failed")
                return False
        return False

"""All streams of this gateway: sockets that connections handed over. A stream has no greenthread, no thread
and no worker: one look at the kernel does for all of them. What is streamed is the sources' affair.

Sources say `wake` when there is news. A client that cannot keep up is cut off, one whose token has ended too;
both may come back and go on where they were.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections import Counter, deque
from functools import partial
from typing import Any

import structlog
from eventlet.hubs import get_hub
from eventlet.patcher import original
from nameko.extensions import DependencyProvider

from netraven_chassis import settings
from netraven_chassis.clock import now_ms
from netraven_chassis.rounds import Rounds
from netraven_contracts.access import Caller
from netraven_contracts.errors import RateLimited, Unavailable
from netraven_gateway import room, sse
from netraven_gateway.answers import Answer, Takeover
from netraven_gateway.histories import Histories
from netraven_gateway.restored import Beginning
from netraven_gateway.stream import Source, State, Stream

_log = structlog.get_logger(__name__)
# The kernel's own, under eventlet's: nothing here may wait.
_socket, _epoll = original("socket").socket, original("select").epoll

_IN = select.EPOLLIN | select.EPOLLRDHUP
_OUT = select.EPOLLOUT
_AT_ONCE = 500  # clients served before others of this process get their turn
_SEND_BUFFER = 64 * 1024
_SILENT_MS = 60_000  # so long may a client's machine not acknowledge what it was sent

KEEPALIVE_SECONDS = 15.0
LOOK_SECONDS = 0.2
CHECK_SECONDS = 1.0  # between looks at those for whom nothing happens


class Streams(DependencyProvider):
    """Takes clients over and serves them. Asks the service's dependency `callers` who may go on."""

    def __init__(self) -> None:
        super().__init__()
        self._streams: dict[int, Stream] = {}
        self._by_user: Counter[str] = Counter()
        self._dirty: dict[Source, None] = {}
        self._due: deque[Stream] = deque()
        self._histories = Histories(self._has, self._pump, self._end)
        self._scheduled = False
        self._looks = Rounds("streams", self._look, LOOK_SECONDS, spread=0.0)
        self._looked_at = float("-inf")
        self._seen = 0
        self._poll: Any = None
        self._listener: Any = None

    def __len__(self) -> int:
        return len(self._streams)

    @property
    def limit(self) -> int:
        """How many there can be at once."""
        return self._limit

    def setup(self) -> None:
        """Called by Nameko before anything starts."""
        wanted = settings.current()
        _, self._limit = room.divide(wanted.connection_limit, wanted.stream_limit)
        self._limit_per_user = wanted.stream_limit_per_user
        self._patience = wanted.stream_patience_seconds
        self._callers = next(one for one in self.container.dependencies if one.attr_name == "callers")

    def start(self) -> None:
        """Begin to look after clients."""
        self._poll = _epoll()
        hub = get_hub()
        self._listener = hub.add(hub.READ, self._poll.fileno(), self._on_ready, self._on_ready, None)
        self._looks.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """End all streams; their clients come back to whoever serves them then."""
        self._looks.stop()
        for stream in list(self._streams.values()):
            self._end(stream)
        if self._poll is not None:
            get_hub().remove(self._listener)
            self._poll.close()
            self._poll = None

    def kill(self) -> None:
        """Called by Nameko when there is no time."""
        self.stop()

    def get_dependency(self, _worker_ctx: Any) -> Streams:
        """Itself, the same for all requests."""
        return self

    def answer(self, source: Source, beginning: Beginning, caller: Caller) -> Answer:
        """The answer that becomes a stream of `source` from there on. Raises RateLimited when the caller has
        too many, Unavailable when all together have.
        """
        if not self._may_have_more(caller):
            told = f"this user has {self._limit_per_user} streams open here, which is the most; close some"
            raise RateLimited(told, {"retry_after": 5})
        if len(self._streams) >= self._limit or self._looks.stopped:
            raise Unavailable("there are too many streams; try again", {"retry_after": 5})
        body = Takeover(partial(self._take, source, beginning, caller))
        return Answer(200, body, list(sse.HEADERS), sse.MEDIA)

    def _may_have_more(self, caller: Caller) -> bool:
        return self._by_user[caller.user_id] < self._limit_per_user

    def wake(self, source: Source) -> None:
        """There is something new in the source's ring."""
        if source.readers:
            self._dirty[source] = None
            self._schedule()

    def _take(self, source: Source, beginning: Beginning, caller: Caller, green: Any) -> None:
        # eventlet's wrapper closes its socket when it goes: it must not own it any more.
        sock = _socket(green.family, green.type, green.proto, fileno=green.fd.detach())
        # Between an answer and its taking over others may have come.
        if self._poll is None or not self._may_have_more(caller):
            sock.close()
            return
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_MS)
        stream = Stream(sock, source, beginning.place, caller, beginning.frame)
        self._streams[sock.fileno()] = stream
        self._by_user[caller.user_id] += 1
        source.readers.add(stream)
        self._poll.register(sock.fileno(), _IN)
        self._pump(stream)

    def _pump(self, stream: Stream) -> None:
        was_blocked = bool(stream.blocked_at)
        try:
            state = stream.pump(self._patience)
        except OSError:
            self._end(stream)
            return
        if bool(stream.blocked_at) != was_blocked:
            self._poll.modify(stream.sock.fileno(), _IN if was_blocked else _IN | _OUT)
        if state is State.BEHIND:
            self._histories.want(stream)
        elif state in (State.TOO_SLOW, State.OVER):
            self._end(stream)

    def _has(self, stream: Stream) -> bool:
        return stream.sock.fileno() in self._streams

    def _end(self, stream: Stream) -> None:
        """Close the client's connection; twice is no harm."""
        if self._streams.pop(stream.sock.fileno(), None) is None:
            return
        stream.source.readers.discard(stream)
        self._by_user[stream.caller.user_id] -= 1
        if not self._by_user[stream.caller.user_id]:
            del self._by_user[stream.caller.user_id]
        with contextlib.suppress(OSError):
            stream.sock.shutdown(socket.SHUT_RDWR)
        stream.sock.close()

    # What follows runs in the hub: it must not wait.

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            get_hub().schedule_call_global(0, self._spread)

    def _spread(self) -> None:
        """Serve some of those for whom there is news; the next ones when others had their turn."""
        self._scheduled = False
        if not self._due:
            self._due.extend(stream for source in self._dirty for stream in source.readers)
            self._dirty.clear()
        for _ in range(min(_AT_ONCE, len(self._due))):
            stream = self._due.popleft()
            # One that is blocked is told by the kernel when it takes more; one in its history comes to it.
            if not stream.blocked_at and not stream.fetching and self._has(stream):
                self._pump(stream)
        if self._due or self._dirty:
            self._schedule()

    def _on_ready(self, *_: Any) -> None:
        for fileno, events in self._poll.poll(0, _AT_ONCE):
            stream = self._streams.get(fileno)
            if stream is None:
                continue
            if events & ~(select.EPOLLIN | _OUT) or (events & select.EPOLLIN and _left_us(stream)):
                self._end(stream)
            elif events & _OUT:
                self._pump(stream)

    # What follows runs in greenthreads.

    def _look(self) -> None:
        self._end_revoked()
        now = time.monotonic()
        if now - self._looked_at >= CHECK_SECONDS:
            self._looked_at = now
            self._look_after(now)

    def _end_revoked(self) -> None:
        if self._callers.changes == self._seen:
            return
        self._seen = self._callers.changes
        for stream in list(self._streams.values()):
            if not self._callers.holds(stream.caller):
                self._end(stream)

    def _look_after(self, now: float) -> None:
        """Keep clients alive; end those whose token is over, who take nothing, whom nobody can vouch for."""
        if self._streams and not self._callers.can_tell():
            _log.warning("streams end: nobody can tell whose tokens still count", streams=len(self._streams))
            now = float("inf")
        wall = now_ms()
        for stream in list(self._streams.values()):
            stuck = stream.blocked_at and now - stream.blocked_at > self._patience
            if now == float("inf") or stream.caller.expires <= wall or stuck:
                self._end(stream)
            elif not stream.rest and now - stream.wrote_at >= KEEPALIVE_SECONDS:
                stream.rest = sse.KEEPALIVE
                self._pump(stream)


def _left_us(stream: Stream) -> bool:
    """Whether the client has closed; what it says otherwise is nothing that we asked for."""
    try:
        return not stream.sock.recv(4096)
    except BlockingIOError:
        return False
    except OSError:
        return True

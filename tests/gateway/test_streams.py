"""Sockets that were handed over: kept alive, bounded in number, ended in time, without a greenthread each."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import greenlet
import pytest
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider

from netraven_contracts.access import Caller
from netraven_gateway import streams
from netraven_gateway.answers import Answer
from netraven_gateway.entrypoint import http
from netraven_gateway.request import Request
from netraven_gateway.restored import Beginning
from netraven_gateway.rings import Ring
from netraven_gateway.route import ANYONE, VIEWER, Route
from netraven_gateway.stream import Page, Stream
from netraven_gateway.streams import Streams
from tests.gateway.log_house import Client
from tests.gateway.small import hello
from tests.patience import until


class Ticker:
    """A source whose frames the test appends; its history is all that was ever said."""

    def __init__(self) -> None:
        self.ring = Ring(0)
        self.readers: set[Stream] = set()
        self.numbered = True
        self.said: list[bytes] = []
        self.wake: Callable[[Any], None] = lambda _: None

    def serial(self, place: int) -> int | None:
        return self.ring.serial(place)

    def history(self, place: int) -> Page:
        return Page(b"".join(self.said[place : place + 100]), min(place + 100, len(self.said)))

    def say(self, text: str) -> None:
        self.said.append(f"event: log\nid: {len(self.said) + 1}\ndata: {text}\n\n".encode())
        self.ring.append(len(self.said), self.said[-1])
        self.wake(self)


TICKER = Ticker()


class Doorman(DependencyProvider):
    """Lets everybody in, until it changes its mind; `Bearer soon` ends in half a second."""

    changes = 0
    gone: set[str] = set()  # noqa: RUF012 - one for all
    sure = True

    def identify(self, request: Request) -> Caller:
        name = (request.header("HTTP_AUTHORIZATION") or "Bearer admin").removeprefix("Bearer ")
        lasts = 500 if name == "soon" else 60_000
        return Caller(name, name, "admin", "s", 1, time.time_ns() // 1_000_000 + lasts)

    def holds(self, caller: Caller) -> bool:
        return caller.user_id not in self.gone

    def can_tell(self) -> bool:
        return self.sure


def tick(gateway: Any, request: Request) -> Answer:
    TICKER.wake = gateway.streams.wake
    return gateway.streams.answer(TICKER, Beginning(0), request.caller)


class Streaming:
    """A gateway with one stream."""

    name = "gateway"
    callers = Doorman()
    streams = Streams()

    @http([
        Route("GET", "/api/ticks", VIEWER, tick, "t", "Tick", stream=True),
        Route("GET", "/hello", ANYONE, hello, "t", "Say hello"),
    ])  # fmt: skip
    def handle(self, request: Request) -> Answer:
        return request.route.handler(self, request)


@pytest.fixture
def door(settings_for: Any) -> Iterator[Any]:
    """(url, container) of the running gateway."""
    settings_for(NETRAVEN_PORT="0", NETRAVEN_STREAM_LIMIT="50")
    TICKER.__init__()  # type: ignore[misc]
    Doorman.gone, Doorman.changes, Doorman.sure = set(), 0, True
    container = ServiceContainer(Streaming)
    container.start()
    server = next(one for one in container.subextensions if hasattr(one, "process_request"))
    yield f"http://127.0.0.1:{server.port}/api", container
    container.stop()


def test_a_quiet_stream_is_kept_alive_by_comments_without_an_id(door, monkeypatch) -> None:
    monkeypatch.setattr(streams, "KEEPALIVE_SECONDS", 0.5)
    began = time.monotonic()
    client = Client(door[0], "/ticks")
    assert client.next() == ("", None, ": keepalive")
    assert client.next() == ("", None, ": keepalive")
    assert time.monotonic() - began >= 1.0
    client.close()


def test_a_stream_ends_with_its_token(door) -> None:
    client, other = Client(door[0], "/ticks", "soon"), Client(door[0], "/ticks", "admin")
    assert client.rest() == []
    TICKER.say("1")
    assert other.events(1)[0][2] == 1


def test_whoever_is_turned_out_loses_the_stream_and_nobody_else_does(door) -> None:
    one, two = Client(door[0], "/ticks", "one"), Client(door[0], "/ticks", "two")
    Doorman.gone = {"one"}
    Doorman.changes += 1
    assert one.rest() == []
    TICKER.say("1")
    assert two.events(1)[0][2] == 1


def test_when_nobody_can_tell_who_may_stay_all_streams_end(door) -> None:
    client = Client(door[0], "/ticks")
    Doorman.sure = False
    assert client.rest() == []


def test_one_stream_too_many_is_refused_and_room_is_made_by_those_who_leave(door) -> None:
    clients = [Client(door[0], "/ticks") for _ in range(50)]
    refused = Client(door[0], "/ticks")
    assert refused.status == 503 and int(refused.headers["retry-after"]) >= 1
    clients.pop().close()
    until(lambda: Client(door[0], "/ticks").status == 200)


def test_one_user_has_no_more_than_the_share_and_others_have_theirs(door, monkeypatch) -> None:
    (all_streams,) = [one for one in door[1].dependencies if isinstance(one, Streams)]
    monkeypatch.setattr(all_streams, "_limit_per_user", 3)
    mine = [Client(door[0], "/ticks", "me") for _ in range(3)]
    refused = Client(door[0], "/ticks", "me")
    assert (refused.status, refused.body()["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["retry-after"]) >= 1
    assert Client(door[0], "/ticks", "you").status == 200
    mine.pop().close()
    until(lambda: Client(door[0], "/ticks", "me").status == 200)
    Doorman.gone, Doorman.changes = {"me"}, Doorman.changes + 1
    until(lambda: "me" not in all_streams._by_user)


def greenlets() -> int:
    """How many run. The type is asked for and not the class, which a weak proxy may no longer have."""
    gc.collect()
    return sum(_runs(one) for one in gc.get_objects() if issubclass(type(one), greenlet.greenlet))


def _runs(one: Any) -> bool:
    try:
        return bool(one)
    except ReferenceError:  # a weak proxy, whose greenlet went just now
        return False


def test_streams_have_no_greenthread_each(door) -> None:
    clients = [Client(door[0], "/ticks") for _ in range(5)]
    eventlet.sleep(0.1)
    before = greenlets()
    clients += [Client(door[0], "/ticks") for _ in range(40)]
    until(lambda: greenlets() - before < 5)
    TICKER.say("1")
    assert all(client.events(1)[0][2] == 1 for client in clients)


def test_a_stop_ends_all_streams_at_once(door) -> None:
    clients = [Client(door[0], "/ticks") for _ in range(20)]
    door[1].stop()
    assert all(client.rest() == [] for client in clients)


def test_a_client_that_a_burst_left_behind_goes_on_from_history(door) -> None:
    client = Client(door[0], "/ticks")
    TICKER.ring.limit = 2000
    for number in range(2000):
        TICKER.say(f"{number}")
    assert [data for _, _, data in client.events(2000)] == list(range(2000))
    TICKER.say("2000")
    assert client.events(1)[0][2] == 2000


def test_what_a_client_says_after_its_request_is_passed_over(door) -> None:
    client = Client(door[0], "/ticks")
    client.sock.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
    TICKER.say("1")
    assert client.events(1)[0][2] == 1

"""The server over real sockets: what a hostile, slow, confused or fast client can and cannot do to it."""

from __future__ import annotations

import itertools
import resource
import socket
import time
from collections.abc import Callable
from typing import Any

import eventlet
import pytest

from netraven_gateway.server import GatewayServer
from netraven_gateway.wire import Patience
from tests.gateway.small import EVENTS, RELEASED, Raw, error_of, running, still_serves
from tests.patience import until


def test_one_connection_serves_many_requests(client: Raw) -> None:
    for _ in range(5):
        assert client.request("GET", "/hello").answer()[2] == b'"hello"'


def test_pipelined_requests_are_answered_in_order(client: Raw) -> None:
    first = b'{"name":"abc"}'
    client.request("POST", "/things", ["Content-Type: application/json"], first).request("GET", "/hello")
    client.request("GET", "/missing")
    assert [client.answer()[0] for _ in range(3)] == [201, 200, 404]


def test_a_request_byte_by_byte_is_a_request(client: Raw) -> None:
    for char in "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n":
        client.send(char)
        eventlet.sleep(0.002)
    assert client.answer()[0] == 200


def test_head_says_what_get_would_without_the_body(client: Raw) -> None:
    _, headers, body = client.request("HEAD", "/hello").answer(bodyless=True)
    assert (headers["content-length"], body) == ("7", b"")
    assert client.request("GET", "/hello").answer()[0] == 200


def test_every_answer_has_a_request_id_and_safe_headers(client: Raw, server: GatewayServer) -> None:
    _, headers, _ = client.request("GET", "/hello", ["X-Request-ID: mine-1"]).answer()
    assert headers["x-request-id"] == "mine-1"
    assert headers["x-content-type-options"] == "nosniff"
    _, headers, _ = client.request("GET", "/nowhere", ["X-Request-ID: not \x01 fine"[:20]]).answer()
    assert len(headers["x-request-id"]) == 32
    refused = Raw(server.port).send("nonsense\r\n\r\n").answer()
    assert len(refused[1]["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("garbage", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /" + b"a" * 20000, 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 300 + b"\r\n", 431),
    ],
)
def test_garbage_is_refused_in_the_envelope_and_the_connection_ends(
    client: Raw, server: GatewayServer, garbage: bytes, status: int
) -> None:
    found, headers, body = client.send(garbage).answer()
    assert found == status
    assert error_of(body)
    assert headers["connection"] == "close"
    assert client.ended()
    assert still_serves(server)


def test_a_client_that_sends_its_head_drop_by_drop_is_cut_off(server: GatewayServer) -> None:
    server.patience = Patience(head=0.4, linger=0.1)
    client = Raw(server.port).send("GET /hello HTTP/1.1\r\nHost: x\r\n")
    with pytest.raises(OSError):
        for _ in itertools.count():
            client.send("X: 1\r\n")
            eventlet.sleep(0.05)
    assert still_serves(server)


def test_a_slow_head_is_told_so(server: GatewayServer) -> None:
    server.patience = Patience(head=0.3)
    status, _, body = Raw(server.port).send("GET /hello HTTP/1.1\r\n").answer()
    assert (status, error_of(body)) == (408, "REQUEST_TIMEOUT")


def test_a_slow_body_is_told_so_and_nothing_is_done(server: GatewayServer) -> None:
    server.patience = Patience(body=0.3)
    client = Raw(server.port).send(
        "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"
    )
    status, _, body = client.answer()
    assert (status, error_of(body)) == (408, "REQUEST_TIMEOUT")
    assert EVENTS == []


def test_a_silent_connection_is_closed_after_its_time(server: GatewayServer) -> None:
    server.patience = Patience(idle=0.4)
    started = time.monotonic()
    assert Raw(server.port).ended()
    assert time.monotonic() - started >= 0.4


def test_a_client_that_leaves_in_the_middle_of_its_body_does_nothing(server: GatewayServer) -> None:
    client = Raw(server.port)
    client.send(
        "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n",
        'Content-Length: 99\r\n\r\n{"name"',
    )
    until(lambda: server._connections)
    client.close()
    until(lambda: not server._connections)
    assert EVENTS == []
    assert still_serves(server)


def test_a_half_closed_client_still_gets_its_answer(client: Raw) -> None:
    client.request("GET", "/hello")
    client.sock.shutdown(socket.SHUT_WR)
    assert client.answer()[0] == 200
    assert client.ended()


def test_a_client_that_resets_in_the_middle_of_an_answer_harms_nobody(server: GatewayServer) -> None:
    client = Raw(server.port)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    client.request("GET", "/big")
    client.sock.recv(10)
    client.close()
    assert still_serves(server)


def test_a_client_that_does_not_read_is_given_up(server: GatewayServer) -> None:
    server.patience = Patience(write=0.3, linger=0.1, rate=100_000_000)
    client = Raw(server.port)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.request("GET", "/big")
    assert client.sock.recv(10)
    until(lambda: not server._connections)
    assert still_serves(server)
    client.close()


def test_an_old_client_is_spoken_to_in_its_way(server: GatewayServer) -> None:
    client = Raw(server.port).send("GET /hello HTTP/1.0\r\n\r\n")
    assert client.answer()[1]["connection"] == "close"
    assert client.ended()
    client = Raw(server.port).send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert client.answer()[1]["connection"] == "keep-alive"


def test_a_fault_shows_neutral_words_and_the_container_lives(client: Raw, server: GatewayServer) -> None:
    status, _, body = client.request("GET", "/broken").answer()
    assert (status, error_of(body)) == (500, "GET_FAILED")
    assert b"secret detail" not in body
    assert client.request("GET", "/forge").answer()[0] == 500
    assert still_serves(server)


def test_what_takes_too_long_is_unavailable_and_never_hangs(client: Raw) -> None:
    status, headers, body = client.request("GET", "/late").answer()
    assert (status, error_of(body), headers["retry-after"]) == (503, "SERVICE_UNAVAILABLE", "2")


def test_a_stream_flows_at_once_and_ends_with_its_client(client: Raw, server: GatewayServer) -> None:
    client.request("GET", "/stream")
    status, headers, _ = client.answer()
    assert (status, headers["transfer-encoding"]) == (200, "chunked")
    assert b"data: 0" in (client._buffer or client.sock.recv(100))
    assert EVENTS == []
    client.close()
    assert until(lambda: EVENTS) == ["stream closed"]


def test_options_and_unknown_methods(client: Raw) -> None:
    assert client.request("OPTIONS", "/things").answer(bodyless=True)[1]["allow"] == "OPTIONS, POST"
    status, headers, body = client.request("PURGE", "/hello").answer()
    assert (status, headers["allow"], error_of(body)) == (405, "GET, HEAD, OPTIONS", "METHOD_NOT_ALLOWED")
    status, _, body = client.request("BREW", "/hello").answer()  # which nobody has registered
    assert (status, error_of(body)) == (501, "NOT_IMPLEMENTED")


def test_beyond_the_limit_the_longest_resting_connection_gives_way(settings_for: Callable[..., Any]) -> None:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_CONNECTION_LIMIT="4")
    with running() as server:
        clients = [Raw(server.port) for _ in range(4)]
        for one in clients:
            assert one.request("GET", "/hello").answer()[0] == 200
        assert still_serves(server)
        assert clients[0].ended()
        assert clients[3].request("GET", "/hello").answer()[0] == 200


def test_beyond_the_limit_of_busy_connections_the_next_is_told_to_come_again(
    settings_for: Callable[..., Any],
) -> None:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_CONNECTION_LIMIT="2")
    with running() as server:
        busy = [Raw(server.port).request("GET", "/held") for _ in range(2)]
        until(lambda: EVENTS == ["held", "held"])
        status, headers, _ = Raw(server.port).answer()
        assert (status, headers["retry-after"]) == (503, "2")
        RELEASED.set()
        assert [one.answer()[0] for one in busy] == [200, 200]


def test_out_of_files_the_listener_goes_on_when_there_are_some_again(server: GatewayServer) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    waiting = socket.socket()
    lowest = waiting.fileno()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, hard))
        waiting.settimeout(30)
        waiting.connect(("127.0.0.1", server.port))
        eventlet.sleep(0.3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    waiting.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
    assert waiting.recv(1000).startswith(b"HTTP/1.1 200")
    waiting.close()


def test_a_stop_finishes_what_is_in_hand_and_takes_nothing_new(settings_for: Callable[..., Any]) -> None:
    settings_for(NETRAVEN_PORT="0")
    with running() as server:
        server.patience, port = Patience(linger=0.1), server.port
        resting = Raw(port)
        resting.request("GET", "/hello").answer()
        busy = Raw(port).request("GET", "/held")
        until(lambda: EVENTS == ["held"])
        told = eventlet.spawn(_while_it_ends, server, port, resting)
    assert told.wait()
    status, headers, _ = busy.answer()
    assert (status, headers["connection"]) == (200, "close")


def _while_it_ends(server: GatewayServer, port: int, resting: Raw) -> bool:
    """Whether the server takes nothing new and nobody rests any more, with a request still in hand."""
    until(lambda: server.draining)
    with pytest.raises(OSError):
        Raw(port)
    ended = resting.ended()
    RELEASED.set()
    return ended


def test_a_stop_does_not_wait_for_a_stream_without_end(settings_for: Callable[..., Any]) -> None:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_STOP_TIMEOUT_SECONDS="2.5")
    with running() as server:
        stream = Raw(server.port).request("GET", "/stream")
        stream.answer()
    assert b"data: 999" not in stream.rest()
    stream.close()

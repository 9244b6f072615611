"""Bodies over real sockets: counted, in chunks, too large, too slow, broken, waited for and never read."""

from __future__ import annotations

import pytest

from netraven_gateway.server import GatewayServer
from tests.gateway.small import EVENTS, Raw, error_of, still_serves


def test_a_body_that_says_it_is_too_large_is_refused_unread(client: Raw) -> None:
    client.request("POST", "/things", ["Content-Type: application/json", "Content-Length: 99999999999"])
    status, headers, body = client.answer()
    assert (status, error_of(body), headers["connection"]) == (413, "PAYLOAD_TOO_LARGE", "close")


def test_the_answer_arrives_even_while_a_large_body_is_still_being_sent(client: Raw) -> None:
    body = b'{"name": "' + b"x" * 5_000_000 + b'"}'
    status, _, answer = client.request("POST", "/things", ["Content-Type: application/json"], body).answer()
    assert (status, error_of(answer)) == (413, "PAYLOAD_TOO_LARGE")


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


CHUNKED = ["Content-Type: application/json", "Transfer-Encoding: chunked"]


def test_a_body_in_chunks_is_a_body(client: Raw) -> None:
    client.request("POST", "/things", CHUNKED).send(chunked(b'{"na', b'me":', b'"abcd"}'))
    _, headers, body = client.answer()
    assert (body, headers["connection"]) == (b'"4"', "close")
    assert client.ended()


def test_a_body_in_chunks_of_one_octet_is_a_body(client: Raw) -> None:
    text = b'{"name":"' + b"x" * 3000 + b'"}'
    client.request("POST", "/things", CHUNKED).send(chunked(*[bytes([octet]) for octet in text]))
    assert client.answer()[2] == b'"3000"'


def test_what_follows_a_body_in_chunks_is_not_served(client: Raw) -> None:
    client.request("POST", "/things", CHUNKED).send(chunked(b'{"name":"abcd"}'))
    client.request("GET", "/hello")
    assert client.answer()[2] == b'"4"'
    assert client.ended()


def test_trailers_without_end_are_refused(client: Raw, server: GatewayServer) -> None:
    client.request("POST", "/things", CHUNKED).send(b"0\r\n")
    client.send(b"X-Trailer: 1\r\n" * 1000)
    assert client.answer()[0] == 400
    assert still_serves(server)


def test_chunks_without_end_are_refused_at_the_limit(client: Raw) -> None:
    client.request("POST", "/things", CHUNKED)
    for _ in range(30):
        client.send(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
    assert client.answer()[0] == 413


@pytest.mark.parametrize("chunk", [b"-5\r\nhello\r\n", b"zz\r\n", b"5\r\nhelloX\r\n", b"1;" + b"x" * 9999])
def test_a_broken_chunk_ends_the_connection(client: Raw, server: GatewayServer, chunk: bytes) -> None:
    client.request("POST", "/things", CHUNKED).send(chunk)
    status, headers, _ = client.answer()
    assert (status, headers["connection"]) == (400, "close")
    assert EVENTS == []
    assert still_serves(server)


def test_a_client_that_waits_for_permission_gets_it(client: Raw) -> None:
    body = b'{"name":"abc"}'
    client.request(
        "POST",
        "/things",
        ["Content-Type: application/json", f"Content-Length: {len(body)}", "Expect: 100-continue"],
    )
    assert client.answer(bodyless=True)[0] == 100
    assert client.send(body).answer()[0] == 201


def test_a_client_that_waits_for_permission_can_be_refused_first(client: Raw) -> None:
    client.request(
        "POST", "/things", ["Content-Type: text/plain", "Content-Length: 900000", "Expect: 100-continue"]
    )
    assert client.answer()[0] == 413
    assert client.ended()


def test_a_small_unread_body_does_not_become_the_next_request(client: Raw) -> None:
    client.request("POST", "/missing", [], b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.answer()[0] == 405
    assert client.request("GET", "/missing").answer()[0] == 404

"""The head of a request: what is taken, and what is refused because two readers could differ about it."""

from __future__ import annotations

import pytest

from netraven_gateway.http1 import Head, ProtocolError, header_block, parse_head


def head(*lines: str) -> Head:
    return parse_head("\r\n".join(lines).encode("latin-1"))


def refusal(*lines: str) -> int:
    with pytest.raises(ProtocolError) as caught:
        head(*lines)
    return caught.value.status


def test_a_plain_request_becomes_wsgi_variables() -> None:
    found = head("GET /api/devices?name=a%20b HTTP/1.1", "Host: x:80", "X-Request-ID:  7 ", "Accept: a")
    assert found.variables["REQUEST_METHOD"] == "GET"
    assert found.variables["PATH_INFO"] == "/api/devices"
    assert found.variables["QUERY_STRING"] == "name=a%20b"
    assert found.variables["HTTP_X_REQUEST_ID"] == "7"
    assert (found.length, found.keep, found.expects) == (0, True, False)


def test_the_path_is_decoded_to_octets_and_the_query_is_not() -> None:
    assert head("GET /%C3%BC%2f?%C3 HTTP/1.1", "Host: x").variables["PATH_INFO"] == "/\xc3\xbc/"


@pytest.mark.parametrize("target", ["http://host/api?x", "HTTP://host:80/api?x"])
def test_an_absolute_target_means_its_path(target: str) -> None:
    found = head(f"GET {target} HTTP/1.1", "Host: host")
    assert (found.variables["PATH_INFO"], found.variables["QUERY_STRING"]) == ("/api", "x")


def test_an_absolute_target_without_a_path_means_the_root() -> None:
    assert head("GET http://host?x HTTP/1.1", "Host: h").variables["PATH_INFO"] == "/"


def test_a_star_is_for_options_alone() -> None:
    assert head("OPTIONS * HTTP/1.1", "Host: x").variables["PATH_INFO"] == "*"
    assert refusal("GET * HTTP/1.1", "Host: x") == 400


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET / http/1.1",
        "G@T / HTTP/1.1",
        "GET /\x00 HTTP/1.1",
        "GET /\xe4 HTTP/1.1",
        "GET example.com HTTP/1.1",
        "\x16\x03\x01\x02",
        "",
    ],
)
def test_what_is_no_request_line_is_refused(line: str) -> None:
    assert refusal(line, "Host: x") == 400


@pytest.mark.parametrize("method", ["BREW", "get", "GETS", "X-OWN"])
def test_a_method_that_nobody_knows_is_told_from_what_is_no_request(method: str) -> None:
    assert refusal(f"{method} / HTTP/1.1", "Host: x") == 501


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/0.9"])
def test_other_versions_are_refused_by_their_own_status(version: str) -> None:
    assert refusal(f"GET / {version}", "Host: x") == 505


@pytest.mark.parametrize(
    "field",
    [
        "No colon",
        "Name : value",
        " folded: value",
        "\tfolded",
        "Na me: value",
        ": value",
        "Name: va\x00lue",
        "Name: va\nlue",
        "Name: va\rlue",
        "Näme: value",
    ],
)
def test_a_malformed_field_is_refused(field: str) -> None:
    assert refusal("GET / HTTP/1.1", "Host: x", field) == 400


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Length: 3", "Content-Length: 3"],
        ["Content-Length: 3", "Content-Length: 4"],
        ["Content-Length: 3, 3"],
        ["Content-Length: -1"],
        ["Content-Length: +1"],
        ["Content-Length: 0x10"],
        ["Content-Length: 1e3"],
        ["Content-Length: "],
        ["Content-Length: 9999999999999999"],
        ["Content-Length: 3", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Host: y"],
        ["Authorization: a", "Authorization: b"],
    ],
)
def test_a_body_of_two_lengths_or_a_request_for_two_hosts_is_refused(fields: list[str]) -> None:
    assert refusal("POST / HTTP/1.1", "Host: x", *fields) == 400


@pytest.mark.parametrize(
    "coding", ["gzip, chunked", "identity", "xchunked", "chunked;q=1", "chunked, chunked"]
)
def test_an_unknown_transfer_coding_is_not_guessed(coding: str) -> None:
    assert refusal("POST / HTTP/1.1", "Host: x", f"Transfer-Encoding: {coding}") in (400, 501)


def test_chunks_have_no_length_and_are_not_for_old_clients() -> None:
    assert head("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: Chunked").length is None
    assert refusal("POST / HTTP/1.0", "Transfer-Encoding: chunked") == 400


@pytest.mark.parametrize("host", [[], ["Host: a/b"], ["Host: a b"], ["Host: a", "Host: b"]])
def test_there_is_one_valid_host(host: list[str]) -> None:
    assert refusal("GET / HTTP/1.1", *host) == 400


def test_an_old_client_needs_no_host_and_keeps_nothing_unless_it_says_so() -> None:
    assert head("GET / HTTP/1.0").keep is False
    assert head("GET / HTTP/1.0", "Connection: Keep-Alive").keep is True
    assert head("GET / HTTP/1.1", "Host: x", "Connection: x, Close").keep is False


def test_the_expectation_is_known_or_refused() -> None:
    assert head("POST / HTTP/1.1", "Host: x", "Content-Length: 1", "Expect: 100-Continue").expects is True
    assert head("POST / HTTP/1.1", "Host: x", "Expect: 100-continue").expects is False
    assert refusal("POST / HTTP/1.1", "Host: x", "Expect: miracles") == 417


def test_names_with_underscores_cannot_forge_those_with_hyphens() -> None:
    found = head("GET / HTTP/1.1", "Host: x", "X_Request_ID: forged")
    assert "HTTP_X_REQUEST_ID" not in found.variables


def test_repeated_fields_are_joined_where_that_means_the_same() -> None:
    found = head(
        "GET / HTTP/1.1", "Host: x", 'If-None-Match: "a"', 'If-None-Match: "b"', "Cookie: a=1", "Cookie: b=2"
    )
    assert found.variables["HTTP_IF_NONE_MATCH"] == '"a", "b"'
    assert found.variables["HTTP_COOKIE"] == "a=1; b=2"


def test_too_long_a_line_and_too_many_fields_have_their_own_statuses() -> None:
    assert refusal(f"GET /{'a' * 9000} HTTP/1.1", "Host: x") == 414
    assert refusal("GET / HTTP/1.1", "Host: x", *[f"X-{n}: 1" for n in range(200)]) == 431


def test_a_refusal_repeats_nothing_of_what_was_sent() -> None:
    with pytest.raises(ProtocolError) as caught:
        head("GET / HTTP/1.1", "Host: x", "<script>: 1")
    assert "script" not in caught.value.reason


def chunked(*parts: bytes) -> list[bytes]:
    parsed = head("POST / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked").parser
    for part in parts:
        parsed.feed(part)
    return parsed.parts if parsed.finished else [*parsed.parts, b"..."]


def test_chunks_become_the_body_however_the_bytes_are_cut() -> None:
    whole = b"3\r\nabc\r\n1F;name=value\r\n" + b"d" * 31 + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"
    assert b"".join(chunked(whole)) == b"abc" + b"d" * 31
    assert b"".join(chunked(*[bytes([octet]) for octet in whole])) == b"abc" + b"d" * 31
    assert chunked(whole[:-2])[-1] == b"..."


def test_what_follows_the_last_chunk_is_not_this_bodys() -> None:
    assert chunked(b"1\r\na\r\n0\r\n\r\nPOST / HTTP/1.1\r\n\x00") == [b"a"]


@pytest.mark.parametrize("line", [b"", b"-5", b"+5", b"0x5", b" 5", b"5 5", b"f" * 17, b"5\n", b"g"])
def test_what_is_no_size_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        chunked(line + b"\r\nabcde\r\n")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\rb"])
def test_no_header_of_ours_can_be_made_into_two(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        header_block([("X-A", "1"), ("X-B", value)])
    assert header_block([("X-A", "1"), ("X-B", "2")]) == b"X-A: 1\r\nX-B: 2\r\n"

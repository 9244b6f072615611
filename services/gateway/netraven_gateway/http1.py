"""HTTP/1.1 as bytes: what a request's head says, how an answer's head is written. No sockets and no clock.

Strict on purpose. Where two readers could take the same bytes for different requests (two lengths, a length
and chunks, folded lines, blanks before a colon, bare line feeds), the request is refused and the connection
ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

LONGEST_LINE = 8192
LARGEST_HEAD = 32768
MOST_HEADERS = 100

_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_ABSOLUTE = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.\-_~%!$&'()*+,;=:\[\]]*")
_LENGTH = re.compile(r"[0-9]{1,15}")

# A second one of these changes what the request is, so joining them with a comma would hide a contradiction.
_ONCE = frozenset(
    {
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTP_HOST",
        "HTTP_AUTHORIZATION",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_EXPECT",
    }
)

REASONS = {
    100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found",
    304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 412: "Precondition Failed",
    413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
}  # fmt: skip


class ProtocolError(Exception):
    """The bytes are no request that can be taken: `status` says how, `reason` why, repeating none of them."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Head(NamedTuple):
    """A request's head.

    `variables` are the WSGI names: REQUEST_METHOD, PATH_INFO, QUERY_STRING, HTTP_…; `length` is the body's
    length in octets, None when it comes in chunks; `keep` whether the client lets the connection live on.
    """

    variables: dict[str, str]
    length: int | None
    keep: bool
    expects: bool


def parse_head(head: bytes) -> Head:
    """The request that `head` asks for: all up to the empty line, without it. Raises ProtocolError."""
    line, *rest = head.split(b"\r\n")
    if len(line) > LONGEST_LINE:
        raise ProtocolError(414, "the request line is too long")
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise ProtocolError(400, "the request line is not HTTP")
    method, target, major, minor = match.groups()
    if major != b"1":
        raise ProtocolError(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    variables = _headers(rest)
    variables["REQUEST_METHOD"] = method.decode("ascii")
    variables["SERVER_PROTOCOL"] = "HTTP/1.0" if minor == b"0" else "HTTP/1.1"
    _split_target(target.decode("ascii"), variables)
    return _framing(variables, modern=minor != b"0")


def _headers(lines: list[bytes]) -> dict[str, str]:
    if len(lines) > MOST_HEADERS:
        raise ProtocolError(431, "there are too many header fields")
    variables: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise ProtocolError(400, "a header field is malformed")
        name = _variable(match[1])
        if name is None:
            continue
        value = match[2].rstrip(b" \t").decode("latin-1")
        if name not in variables:
            variables[name] = value
        elif name in _ONCE:
            raise ProtocolError(400, "a header field that may stand once stands twice")
        else:
            variables[name] += f"; {value}" if name == "HTTP_COOKIE" else f", {value}"
    return variables


@lru_cache(maxsize=512)
def _variable(name: bytes) -> str | None:
    # X_Request_Id and X-Request-Id would become the same variable: the first could forge the second.
    if b"_" in name:
        return None
    upper = name.decode("ascii").upper().replace("-", "_")
    return upper if upper in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{upper}"


def _split_target(target: str, variables: dict[str, str]) -> None:
    if not target.startswith("/"):
        target = _origin_form(target, variables["REQUEST_METHOD"])
    path, _, query = target.partition("?")
    variables["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
    variables["QUERY_STRING"] = query


def _origin_form(target: str, method: str) -> str:
    if target == "*" and method == "OPTIONS":
        return target
    match = _ABSOLUTE.match(target)
    if match is None:
        raise ProtocolError(400, "the request target is neither a path nor an http address")
    rest = target[match.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def _framing(variables: dict[str, str], *, modern: bool) -> Head:
    host = variables.get("HTTP_HOST")
    if (host is None and modern) or (host is not None and not _HOST.fullmatch(host)):
        raise ProtocolError(400, "there must be one valid Host field")
    length = _body_length(variables, modern)
    expect = variables.get("HTTP_EXPECT", "").lower()
    if expect not in ("", "100-continue"):
        raise ProtocolError(417, "the only expectation known is 100-continue")
    words = {word.strip() for word in variables.get("HTTP_CONNECTION", "").lower().split(",")}
    keep = "close" not in words and (modern or "keep-alive" in words)
    return Head(variables, length, keep, bool(expect) and modern and length != 0)


def _body_length(variables: dict[str, str], modern: bool) -> int | None:
    coding = variables.get("HTTP_TRANSFER_ENCODING")
    length = variables.get("CONTENT_LENGTH")
    if coding is None:
        if length is not None and not _LENGTH.fullmatch(length):
            raise ProtocolError(400, "Content-Length is not a number of octets")
        return int(length or 0)
    if length is not None or not modern:
        raise ProtocolError(400, "Transfer-Encoding stands beside a length or in HTTP/1.0")
    if coding.lower() != "chunked":
        raise ProtocolError(501, "the only transfer coding known is chunked")
    return None


def chunk_size(line: bytes) -> int:
    """How many octets the chunk has that `line` (without its end) announces. Raises ProtocolError."""
    match = _CHUNK.fullmatch(line)
    if match is None:
        raise ProtocolError(400, "a chunk does not say its size")
    return int(match[1], 16)


def status_line(status: str) -> bytes:
    """The first line of an answer with that WSGI status, such as `404 Not Found`."""
    return f"HTTP/1.1 {status}\r\n".encode("latin-1")


def status_text(status: int) -> str:
    """The WSGI status of a number: `404 Not Found`."""
    return f"{status} {REASONS.get(status, 'Unknown')}"


def header_block(headers: Sequence[tuple[str, str]]) -> bytes:
    """Header lines as bytes. Raises ValueError for a line break inside one, which would forge another."""
    text = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers):
        raise ValueError("a header holds a line break")
    return text.encode("latin-1")

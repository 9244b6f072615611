"""HTTP/1.1 as bytes: what a request's head says, how an answer's head is written. No sockets and no clock.

llhttp parses, through httptools. What is added here is what it leaves to its user: what this server takes of
what is valid. Strict on purpose: where two readers could take the same bytes for different requests (two
hosts, two lengths, names that become one variable), the request is refused and the connection ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import httptools

LONGEST_LINE = 8192
LARGEST_HEAD = 32768
MOST_HEADERS = 100

_ABSOLUTE = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.\-_~%!$&'()*+,;=:\[\]]*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_REQUEST_LINE = re.compile(rb"[\w!#$%&'*+.^`|~-]+ \S+ HTTP/\d\.\d", re.ASCII)
_NO_HTTP = "the request is not HTTP"

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
    length in octets, None when it comes in chunks; `keep` whether the connection lives on after it; `parser`
    takes the chunks.
    """

    variables: dict[str, str]
    length: int | None
    keep: bool
    expects: bool
    parser: Parser


class Parser:
    """llhttp at work on one request: first its head, then the chunks of its body, if it comes in any."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.target = b""
        self.parts: list[bytes] = []
        self.finished = False
        self.keeps = False
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Take in what came. Raises ProtocolError for what is not HTTP."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nothing is upgraded here: the request is answered as any other
        except httptools.HttpParserError as error:
            if not self.finished:  # what follows a request is not this request's
                raise _refusal(error) from None

    @property
    def method(self) -> str:
        """GET and so on."""
        return str(self._parser.get_method().decode("ascii"))

    @property
    def version(self) -> str:
        """1.1 and so on."""
        return str(self._parser.get_http_version())

    # What llhttp calls.

    def on_url(self, part: bytes) -> None:
        """Some of the request target."""
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer, which is nobody's business here."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head has ended; only now does llhttp know whether the connection is to live on."""
        self.keeps = bool(self._parser.should_keep_alive())

    def on_body(self, part: bytes) -> None:
        """Some of the body, without what frames it."""
        if not self.finished:
            self.parts.append(part)

    def on_message_complete(self) -> None:
        """The request has ended."""
        self.finished = True


def _refusal(error: httptools.HttpParserError) -> ProtocolError:
    if isinstance(error, httptools.HttpParserInvalidMethodError):  # RFC 9110, 15.6.2
        return ProtocolError(501, "the method is none that is known here")
    return ProtocolError(400, _NO_HTTP)


def parse_head(head: bytes) -> Head:
    """The request that `head` asks for: all up to the empty line, without it. Raises ProtocolError."""
    line = head.partition(b"\r\n")[0]
    if len(line) > LONGEST_LINE:
        raise ProtocolError(414, "the request line is too long")
    if not _REQUEST_LINE.fullmatch(line):
        raise ProtocolError(400, _NO_HTTP)
    parser = Parser()
    parser.feed(head + b"\r\n\r\n")
    if parser.version not in ("1.0", "1.1"):
        raise ProtocolError(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    variables = _headers(parser.headers)
    variables["REQUEST_METHOD"] = parser.method
    variables["SERVER_PROTOCOL"] = f"HTTP/{parser.version}"
    _split_target(parser.target.decode("latin-1"), variables)
    return _framing(variables, parser, modern=parser.version == "1.1")


def _headers(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    if len(fields) > MOST_HEADERS:
        raise ProtocolError(431, "there are too many header fields")
    variables: dict[str, str] = {}
    for field, octets in fields:
        name = _variable(field)
        if name is None:
            continue
        value = octets.rstrip(b" \t").decode("latin-1")
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


def _framing(variables: dict[str, str], parser: Parser, *, modern: bool) -> Head:
    host = variables.get("HTTP_HOST")
    if (host is None and modern) or (host is not None and not _HOST.fullmatch(host)):
        raise ProtocolError(400, "there must be one valid Host field")
    length = _body_length(variables, modern)
    expect = variables.get("HTTP_EXPECT", "").lower()
    if expect not in ("", "100-continue"):
        raise ProtocolError(417, "the only expectation known is 100-continue")
    # Where a chunked body ends only its parser knows: nothing is read behind it.
    keep = parser.keeps and length is not None
    return Head(variables, length, keep, bool(expect) and modern and length != 0, parser)


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

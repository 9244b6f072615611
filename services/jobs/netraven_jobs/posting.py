"""One HTTP POST to an address that somebody has chosen: within a limit of time, to no machine that must not
be reached, following no redirect. What is sent, and what comes of it, is not known here.

The name is looked up once and its addresses are judged before one of them is connected to, so that a name
cannot mean another machine by then.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from eventlet import Timeout

from netraven_chassis import resolver

SECONDS = 10.0  # for everything: looking up, connecting, sending, waiting
_PORTS = {"http": 80, "https": 443}
_HEARD = 65_536  # octets of an answer that are read
_MOST_ADDRESSES = 4  # that are tried

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotPosted(Exception):
    """It could not be sent, or nobody has answered; the message is for people and names no address."""


def post(
    url: str, body: bytes, headers: Mapping[str, str], allow_private: bool, seconds: float = SECONDS
) -> int:
    """Send it; the status of the answer, whatever it is. Raises NotPosted.

    `allow_private`: whether addresses of this machine and of private networks may be reached.
    """
    timeout = Timeout(seconds)
    try:
        return _posted(urlsplit(url), body, headers, allow_private, seconds)
    except Timeout as late:
        if late is not timeout:
            raise
        raise NotPosted(f"no answer within {seconds:g} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotPosted(_reason(error)) from None
    finally:
        timeout.cancel()


def _posted(
    parts: SplitResult, body: bytes, headers: Mapping[str, str], allow_private: bool, seconds: float
) -> int:
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    addresses = _reachable(host, port, allow_private)
    connection = _Connection(host, port, addresses, parts.scheme == "https", seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        answer.read(_HEARD)
        return answer.status
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to one of the addresses that were judged before, under the name that has them."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], tls: bool, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._addresses, self._tls = addresses, tls
        self.default_port = _PORTS["https" if tls else "http"]

    def connect(self) -> None:
        """Called by http.client."""
        self.sock: Any = self._reached()
        if self._tls:
            context = ssl.create_default_context()
            # In two steps, so that a socket whose handshake fails is known and closed.
            self.sock = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def _reached(self) -> socket.socket:
        """The first address that takes the connection: a name may mean some at which nobody listens, such as
        ::1 for localhost. Raises OSError, that of the last one.
        """
        each = float(self.timeout or SECONDS) / len(self._addresses)
        for address in self._addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, self.port), each)
        return socket.create_connection((self._addresses[-1], self.port), each)


def _reachable(host: str, port: int, allow_private: bool) -> list[str]:
    """The addresses of the host that may be reached, some of many. Raises NotPosted."""
    looked_up = resolver.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = list(dict.fromkeys(str(row[4][0]) for row in looked_up))
    allowed = [address for address in found if permitted(address, allow_private)]
    if not allowed:
        raise NotPosted("the address is one that webhooks may not reach")
    return allowed[:_MOST_ADDRESSES]


def permitted(text: str, allow_private: bool) -> bool:
    """Whether a webhook may go to this address.

    Never to those that are no single machine's, nor to link-local ones, where clouds keep their secrets.
    """
    address: Address = ipaddress.ip_address(text.split("%", 1)[0])
    address = getattr(address, "ipv4_mapped", None) or address
    reserved = address.is_reserved and not address.is_loopback
    if address.is_multicast or address.is_unspecified or address.is_link_local or reserved:
        return False
    return allow_private or address.is_global


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "no TLS connection could be made"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return f"the connection failed: {error.strerror or type(error).__name__}"
    return "the answer was not HTTP"

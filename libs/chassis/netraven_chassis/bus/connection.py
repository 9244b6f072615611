"""How a broker's address becomes an open connection, and how long to wait for the next try. Sends nothing
itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import OperationalError

from netraven_chassis.bus import tcp, transport

HEARTBEAT_SECONDS = 10.0
CONNECT_TIMEOUT_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0

# What a lost or refused connection can raise; AttributeError is py-amqp's, from an object torn down under it.
LOST: tuple[type[Exception], ...] = (AMQPError, OperationalError, OSError, EOFError, AttributeError)

_TRANSPORTS: dict[str, Any] = {
    "amqp": tcp.Transport,
    "pyamqp": tcp.Transport,
    "amqps": tcp.SecureTransport,
    transport.SCHEME: transport.Transport,
}


def connect(uri: str, heartbeat: float = HEARTBEAT_SECONDS) -> Any:
    """An open connection to `uri` (amqp, pyamqp, amqps or embedded), beating every `heartbeat` seconds.

    Nothing of it is shared: no pool, and transport options of its own.
    Raises one of LOST when the broker cannot be reached, ValueError for an unknown scheme.
    """
    scheme = urlsplit(uri).scheme
    kind = _TRANSPORTS.get(scheme)
    if kind is None:
        raise ValueError(f"no way to reach a broker at {without_password(uri)}")
    connection = Connection(
        uri,
        transport=kind,
        heartbeat=heartbeat,
        # the certificate must be that of the host in the address; whom to trust is OpenSSL's own setting
        ssl={"server_hostname": None} if scheme == "amqps" else False,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        transport_options={"client_properties": {"connection_name": "netraven"}},
    )
    # one attempt: kombu's own connect() would make two, two seconds apart
    connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    return connection


def without_password(uri: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def pauses() -> Iterator[float]:
    """Seconds to wait before each next try: doubling up to a bound, spread so that instances do not come at
    once."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreading load, not secrets
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

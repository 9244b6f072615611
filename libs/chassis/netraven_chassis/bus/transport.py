"""kombu's way to the broker in memory: `embedded://` addresses. What a channel does is in channel.py."""

from __future__ import annotations

import errno
from typing import Any
from weakref import WeakValueDictionary

from amqp.exceptions import AMQPError, ChannelError, NotFound
from amqp.exceptions import ConnectionError as AMQPConnectionError
from kombu.transport import TRANSPORT_ALIASES, base

from netraven_chassis.bus.channel import Channel
from netraven_chassis.bus.embedded import Broker
from netraven_chassis.bus.inbox import Connection

SCHEME = "embedded"

# A broker lives as long as somebody is connected to it.
_BROKERS: WeakValueDictionary[str, Broker] = WeakValueDictionary()


def register() -> None:
    """Let kombu connect to embedded:// addresses. Repeating it does nothing."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


class Transport(base.Transport):
    """What kombu connects through for embedded:// addresses. One broker for each host and path."""

    connection_errors = (AMQPConnectionError, OSError)
    channel_errors = (ChannelError, NotFound)
    recoverable_connection_errors = (AMQPConnectionError, OSError)
    recoverable_channel_errors = (AMQPError,)
    driver_type = driver_name = SCHEME
    default_port = None
    implements = base.Transport.implements.extend(
        asynchronous=False, exchange_type=frozenset(["direct", "topic", "fanout"]), heartbeats=False
    )

    def establish_connection(self) -> Connection:
        """A connection to the broker of this address; the first one makes the broker."""
        address = f"{self.client.hostname}/{self.client.virtual_host}"
        broker = _BROKERS.get(address)
        if broker is None:
            broker = _BROKERS[address] = Broker()
        return Connection(broker, self.client)

    def create_channel(self, connection: Connection) -> Channel:
        """One more channel."""
        if connection.closed:
            raise ConnectionResetError(errno.ECONNRESET, "the connection is closed")
        channel = Channel(connection, len(connection.channels) + 1)
        connection.channels.append(channel)
        return channel

    def drain_events(self, connection: Connection, timeout: float | None = None, **_: Any) -> None:
        """See Connection.drain_events."""
        connection.drain_events(timeout)

    def close_connection(self, connection: Connection) -> None:
        """Close it and all that belongs to it."""
        connection.close()

    def verify_connection(self, connection: Connection) -> bool:
        """Whether it may still be used."""
        return connection.connected

    def heartbeat_check(self, connection: Connection, rate: int = 2) -> None:
        """There is no other end that could vanish."""

    def _collect(self, connection: Connection | None) -> None:
        if connection is not None:
            connection.close()

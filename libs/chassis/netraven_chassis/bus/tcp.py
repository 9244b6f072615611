"""An AMQP connection that behaves on the hub: reads in large pieces, writes that never mix. No queues, no
calls.

py-amqp asks the kernel three times for each frame and packs outgoing frames into one shared buffer, which two
greenthreads would spoil for each other. These subclasses change just that; the protocol stays py-amqp's.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Any

from amqp import spec
from amqp.transport import SSLTransport, TCPTransport
from kombu.transport import pyamqp

from netraven_chassis.bus import frames

READ_BYTES = 65536
# A broker that takes nothing more (memory alarm, full link) must not make us hoard what we cannot send.
OUTBOX_BYTES = 16 * 1024 * 1024


class Outbox:
    """Sends what is given to it in order and whole, however many greenthreads give.

    Whoever comes first sends for all who come while the socket is busy, so one system call carries many
    frames.
    """

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._waiting: list[bytes] = []
        self._size = 0
        self._busy = False
        self._broken = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` after everything given before it; raises OSError when lost or when too much waits."""
        if self._broken:
            raise ConnectionResetError(errno.ECONNRESET, "an earlier message was sent in part")
        if self._size > OUTBOX_BYTES:
            raise BlockingIOError(errno.EAGAIN, "the broker takes no more messages")
        # copied, because py-amqp packs the next frame into the same buffer
        self._waiting.append(bytes(data))
        self._size += len(data)
        if not self._busy:
            self._flush()

    def _flush(self) -> None:
        self._busy = True
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                self._size = 0
                self._send(b"".join(batch) if len(batch) > 1 else batch[0])
        except BaseException:
            # half a frame may be out: whatever followed it would be read as its rest
            self._broken = True
            raise
        finally:
            self._busy = False


class _GreedyTCP(TCPTransport):
    """TCP with large reads and an outbox."""

    def _setup_transport(self) -> None:
        super()._setup_transport()
        receive = self.sock.recv
        self._quick_recv = lambda _wanted: receive(READ_BYTES)
        self._write = Outbox(self.sock.sendall).write


class _OrderlySSL(SSLTransport):
    """TLS with an outbox; its records already come in large pieces."""

    def _setup_transport(self) -> None:
        super()._setup_transport()
        self._write = Outbox(self.sock.sendall).write


class Channel(pyamqp.Channel):
    """A channel that publishes and acknowledges without waiting, from any greenthread.

    Bodies stay bytes: what they mean is for the reader to say.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_decode = False

    def publish(
        self,
        body: bytes,
        properties: Mapping[str, Any],
        exchange: str,
        routing_key: str,
        mandatory: bool = False,
    ) -> None:
        """Hand one message to the connection. Raises OSError or an amqp error when the connection is gone."""
        connection = self._alive()
        data = frames.publish(
            self.channel_id, exchange, routing_key, mandatory, properties, body, connection.frame_max
        )
        connection.transport.write(data)
        connection.bytes_sent += 1

    def acknowledge(self, delivery_tag: int) -> None:
        """Say that one message is done with."""
        connection = self._alive()
        connection.transport.write(frames.ack(self.channel_id, delivery_tag))
        connection.bytes_sent += 1

    def answer(self, message: Any, body: bytes, properties: Mapping[str, Any]) -> None:
        """Publish the answer to a request and acknowledge the request, in one write."""
        connection = self._alive()
        reply_to = message.properties["reply_to"]
        data = frames.publish(self.channel_id, "", reply_to, False, properties, body, connection.frame_max)
        connection.transport.write(data + frames.ack(self.channel_id, message.delivery_tag))
        connection.bytes_sent += 1

    def cancel_without_waiting(self, consumer_tag: str) -> None:
        """Ask for no more messages; those under way still come to the consumer's callback."""
        self.send_method(spec.Basic.Cancel, "sb", (consumer_tag, True))

    def _alive(self) -> Any:
        if self.connection is None or self.connection.transport is None:
            raise ConnectionResetError(errno.ECONNRESET, "the connection to the broker is closed")
        return self.connection


class Connection(pyamqp.Connection):
    """A connection over the transports above."""

    Channel = Channel

    def Transport(
        self,
        host: str,
        connect_timeout: float,
        ssl: Any = False,
        read_timeout: float | None = None,
        write_timeout: float | None = None,
        **options: Any,
    ) -> Any:
        """The socket side of the connection; py-amqp calls this when it connects.

        The kernel's socket timeouts that py-amqp would set mean nothing to a socket on the hub.
        """
        transport = _OrderlySSL if ssl else _GreedyTCP
        return transport(host, connect_timeout=connect_timeout, ssl=ssl, **options)


class Transport(pyamqp.Transport):
    """What kombu connects through for amqp:// and pyamqp:// addresses."""

    Connection = Connection


class SecureTransport(pyamqp.SSLTransport):
    """The same for amqps://."""

    Connection = Connection

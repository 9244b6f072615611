"""An AMQP connection that behaves on the hub: reads in large pieces, writes that never mix. No queues, no
calls.

py-amqp asks the kernel three times for each frame, decodes every field by its generic way and packs outgoing
frames into one shared buffer, which two greenthreads would spoil for each other. These subclasses change just
that; connecting, closing, declaring and whatever else is rare stay py-amqp's.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from struct import Struct
from typing import Any

from amqp import spec
from amqp.exceptions import UnexpectedFrame
from amqp.transport import SSLTransport, TCPTransport
from kombu.transport import pyamqp

from netraven_chassis.bus import frames
from netraven_chassis.bus.outbox import Outbox
from netraven_chassis.bus.readable import Readable

READ_BYTES = 65536
_FRAME = Struct(">BHI")
_END = 0xCE


def _outbox(sock: Any) -> Outbox:
    def wake_the_reader() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    return Outbox(sock.sendall, wake_the_reader)


class _TCP(TCPTransport):
    def _setup_transport(self) -> None:
        super()._setup_transport()
        self._write = _outbox(self.sock).write


class _SSL(SSLTransport):
    def _setup_transport(self) -> None:
        super()._setup_transport()
        self._write = _outbox(self.sock).write


class Channel(pyamqp.Channel):
    """A channel that publishes and acknowledges without waiting, from any greenthread.

    Bodies stay bytes: what they mean is for the reader to say.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_decode = False
        self._tags = count(1)

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

    def basic_consume(
        self, queue: str = "", consumer_tag: str = "", callback: Any = None, **options: Any
    ) -> str:
        """Consume under a name of ours: messages can come in the same read as the broker's consent."""
        tag = consumer_tag or f"{self.channel_id}-{next(self._tags)}"
        self.callbacks[tag] = callback
        return str(super().basic_consume(queue, consumer_tag=tag, callback=callback, **options))

    def _alive(self) -> Any:
        if self.connection is None or self.connection.transport is None:
            raise ConnectionResetError(errno.ECONNRESET, "the connection to the broker is closed")
        return self.connection


class Connection(pyamqp.Connection):
    """A connection that reads what there is and dispatches all of it."""

    Channel = Channel

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inbound = b""
        self._offset = 0
        self._readable: Readable | None = None

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
        transport = _SSL if ssl else _TCP
        return transport(host, connect_timeout=connect_timeout, ssl=ssl, **options)

    def stay(self) -> None:
        """From now on one greenthread keeps reading: its timeouts may then come early, and cost nothing."""
        if isinstance(self.transport, _TCP):
            self._readable = Readable(self.transport.sock)

    def drain_events(self, timeout: float | None = None) -> None:
        """Wait until at least one method has come, and dispatch all that have.

        Raises socket.timeout after `timeout` seconds, OSError when the connection is lost.
        """
        while not self._dispatch():
            data = self._receive(timeout)
            if not data:
                raise ConnectionResetError(errno.ECONNRESET, "the broker closed the connection")
            self._inbound, self._offset = self._inbound[self._offset :] + data, 0

    def collect(self) -> None:
        """Let go of the socket."""
        if self._readable is not None:
            self._readable.forget()
        super().collect()

    def _receive(self, timeout: float | None) -> bytes:
        if self._readable is not None:
            return self._readable.receive(READ_BYTES, timeout)
        with self.transport.having_timeout(timeout):
            return bytes(self.transport.sock.recv(READ_BYTES))

    def _dispatch(self) -> int:
        """Dispatch the frames that have come whole; how many methods they made.

        The offset moves on before each callback: one may drain again, or raise.
        """
        methods = 0
        while len(self._inbound) - self._offset >= frames.FRAME_OVERHEAD:
            start = self._offset + _FRAME.size
            kind, channel_id, size = _FRAME.unpack_from(self._inbound, self._offset)
            if size > self.frame_max:
                raise UnexpectedFrame(f"a frame of {size} bytes, where {self.frame_max} are agreed")
            end = start + size
            if end >= len(self._inbound):
                break
            if self._inbound[end] != _END:
                raise UnexpectedFrame(f"a frame ends with {self._inbound[end]:#04x}")
            methods += self._deliver(kind, channel_id, start) or self._leave(kind, channel_id, start, end)
        return methods

    def _leave(self, kind: int, channel_id: int, start: int, end: int) -> bool:
        """Leave a frame to py-amqp; whether that made a method complete."""
        self._offset = end + 1
        return bool(self.on_inbound_frame((kind, channel_id, self._inbound[start:end])))

    def _deliver(self, kind: int, channel_id: int, start: int) -> bool:
        """Dispatch a delivery that is complete and has one body frame; False for any other frame."""
        if kind != frames.METHOD or not frames.is_delivery(self._inbound, start):
            return False
        delivery = frames.read_delivery(self._inbound, start)
        channel = self.channels.get(channel_id) if self.channels else None
        if delivery is None or channel is None or delivery.consumer_tag not in channel.callbacks:
            return False
        self._offset = delivery.end
        self.bytes_recv += 1
        channel.callbacks[delivery.consumer_tag](delivery.message(channel))
        return True


class Transport(pyamqp.Transport):
    """What kombu connects through for amqp:// and pyamqp:// addresses."""

    Connection = Connection


class SecureTransport(pyamqp.SSLTransport):
    """The same for amqps://."""

    Connection = Connection

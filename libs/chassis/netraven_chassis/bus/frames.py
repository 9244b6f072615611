"""How publishing, acknowledging and delivering look as AMQP 0-9-1 bytes. Pure: no socket, no channel.

py-amqp can write and read these too, one generic field at a time. They are the hot path of every call, so the
three that each call needs are done here directly; everything else stays with py-amqp.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from struct import Struct, pack
from typing import Any

from amqp.serialization import decode_properties_basic, dumps

from netraven_chassis.bus.message import Message

METHOD, HEADER, BODY = 1, 2, 3
END = b"\xce"
BASIC = 60
PUBLISH, DELIVER, ACK = 40, 60, 80
# What each frame needs beside its payload: type, channel, size and the end mark.
FRAME_OVERHEAD = 8
_DELIVERY = pack(">HH", BASIC, DELIVER)
_FRAME = Struct(">BHI")
_CONTENT = Struct(">HHQ")
_TAG = Struct(">QB")

# Property name -> its bit in the flags; written in falling order of the bits, as the protocol wants it.
_SHORT_STRINGS_BEFORE = (("content_type", 0x8000), ("content_encoding", 0x4000))
_SHORT_STRINGS_AFTER = (
    ("correlation_id", 0x0400),
    ("reply_to", 0x0200),
    ("expiration", 0x0100),
    ("message_id", 0x0080),
)


def publish(
    channel: int,
    exchange: str,
    routing_key: str,
    mandatory: bool,
    properties: Mapping[str, Any],
    body: bytes,
    frame_max: int,
) -> bytes:
    """One message as the frames of basic.publish: method, header, the body in pieces of `frame_max`.

    Parameters: `properties` under py-amqp's names (content_type, content_encoding, application_headers,
    delivery_mode, correlation_id, reply_to, expiration in milliseconds as text, message_id, type).
    """
    header = pack(">HHQ", BASIC, 0, len(body)) + _properties(properties)
    frames = [
        _publish_method(channel, exchange, routing_key, mandatory),
        pack(">BHI", HEADER, channel, len(header)),
        header,
        END,
    ]
    room = frame_max - FRAME_OVERHEAD
    for start in range(0, len(body), room):
        piece = body if len(body) <= room else body[start : start + room]
        frames += (pack(">BHI", BODY, channel, len(piece)), piece, END)
    return b"".join(frames)


def ack(channel: int, delivery_tag: int) -> bytes:
    """One basic.ack for one message."""
    return pack(">BHIHHQBB", METHOD, channel, 13, BASIC, ACK, delivery_tag, 0, 0xCE)


class Delivery:
    """A delivery as read: `end` is where the bytes after it begin."""

    __slots__ = (
        "body",
        "consumer_tag",
        "delivery_tag",
        "end",
        "exchange",
        "properties",
        "redelivered",
        "routing_key",
    )

    consumer_tag: str
    delivery_tag: int
    redelivered: bool
    exchange: str
    routing_key: str
    properties: dict[str, Any]
    body: bytes
    end: int

    def message(self, channel: Any) -> Message:
        """It as a consumer gets it."""
        return Message(
            channel,
            self.body,
            self.properties,
            self.consumer_tag,
            self.delivery_tag,
            self.redelivered,
            self.exchange,
            self.routing_key,
        )


def is_delivery(data: bytes, start: int) -> bool:
    """Whether the method payload at `start` is a basic.deliver."""
    return data[start : start + 4] == _DELIVERY


def read_delivery(data: bytes, start: int) -> Delivery | None:
    """The delivery whose method payload begins at `start`.

    None when it is not all there or has its body in several frames.
    """
    read = Delivery()
    read.consumer_tag, at = _read_short(data, start + 4)
    read.delivery_tag, redelivered = _TAG.unpack_from(data, at)
    read.redelivered = bool(redelivered)
    read.exchange, at = _read_short(data, at + _TAG.size)
    read.routing_key, at = _read_short(data, at)
    header, at = _next_frame(data, at + 1)
    if header < 0:
        return None
    size = _CONTENT.unpack_from(data, header)[2]
    read.body, read.end = b"", at + 1
    if size:
        begin, after = _next_frame(data, at + 1)
        if begin < 0 or after - begin != size:
            return None
        read.body, read.end = data[begin:after], after + 1
    read.properties, _ = decode_properties_basic(data, header + _CONTENT.size)
    return read


def _next_frame(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of the frame at `at` begins and ends; (-1, -1) when it is not all there."""
    begin = at + _FRAME.size
    if begin > len(data):
        return -1, -1
    end = begin + _FRAME.unpack_from(data, at)[2]
    return (begin, end) if end < len(data) else (-1, -1)


def _read_short(data: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + data[at]
    return data[at + 1 : end].decode(), end


@lru_cache(maxsize=1024)
def _publish_method(channel: int, exchange: str, routing_key: str, mandatory: bool) -> bytes:
    method = b"".join(
        (pack(">HHH", BASIC, PUBLISH, 0), _short(exchange), _short(routing_key), pack("B", mandatory))
    )
    return pack(">BHI", METHOD, channel, len(method)) + method + END


def _properties(properties: Mapping[str, Any]) -> bytes:
    flags = 0
    values: list[bytes] = []
    get = properties.get
    for name, bit in _SHORT_STRINGS_BEFORE:
        if (text := get(name)) is not None:
            flags |= bit
            values.append(_short(text))
    if headers := get("application_headers"):
        flags |= 0x2000
        values.append(_table(headers))
    if (mode := get("delivery_mode")) is not None:
        flags |= 0x1000
        values.append(b"\x02" if mode == 2 else b"\x01")
    for name, bit in _SHORT_STRINGS_AFTER:
        if (text := get(name)) is not None:
            flags |= bit
            values.append(_short(text))
    if (text := get("type")) is not None:
        flags |= 0x0020
        values.append(_short(text))
    return pack(">H", flags) + b"".join(values)


def _short(text: str) -> bytes:
    data = text.encode()
    # pack refuses a length over 255, which is what the protocol can hold
    return pack("B", len(data)) + data


def _table(headers: Mapping[str, Any]) -> bytes:
    items: list[bytes] = []
    for name, value in headers.items():
        if not isinstance(value, str):
            return bytes(dumps("F", [dict(headers)]))
        data = value.encode()
        items.append(_short(name) + pack(">cI", b"S", len(data)) + data)
    table = b"".join(items)
    return pack(">I", len(table)) + table

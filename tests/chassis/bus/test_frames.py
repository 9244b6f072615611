"""The bytes we write and read by hand, against py-amqp's own."""

from __future__ import annotations

from struct import unpack_from
from typing import Any

import pytest
from amqp.basic_message import Message as AmqpMessage
from amqp.method_framing import frame_handler, frame_writer
from hypothesis import given
from hypothesis import strategies as st

from netraven_chassis.bus import frames

FRAME_MAX = 4096


class Wire:
    """As much of a connection as py-amqp's framing asks for."""

    frame_max = FRAME_MAX
    bytes_sent = bytes_recv = 0

    def __init__(self) -> None:
        self.out = b""

    def write(self, data: Any) -> None:
        self.out += bytes(data)


def split(data: bytes) -> list[tuple[int, int, bytes]]:
    """The frames in `data`: (type, channel, payload)."""
    found, at = [], 0
    while at < len(data):
        kind, channel, size = unpack_from(">BHI", data, at)
        found.append((kind, channel, data[at + 7 : at + 7 + size]))
        assert data[at + 7 + size] == 0xCE
        assert size + frames.FRAME_OVERHEAD <= FRAME_MAX
        at += size + 8
    return found


def read_by_amqp(data: bytes) -> AmqpMessage:
    """The message of a basic.publish, read by py-amqp as if it were delivered."""
    got: list[AmqpMessage] = []
    handle = frame_handler(Wire(), lambda _channel, _method, _payload, message: got.append(message))
    for number, (kind, channel, payload) in enumerate(split(data)):
        # to its content a publish and a delivery differ in the method's number only
        handle((kind, channel, b"\x00\x3c\x00\x3c" + payload[4:] if number == 0 else payload))
    (message,) = got
    return message


TEXT = st.text(max_size=40)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "content_type": TEXT,
        "content_encoding": TEXT,
        "application_headers": st.dictionaries(
            TEXT, TEXT | st.integers(-(2**62), 2**62) | st.booleans() | st.none(), min_size=1, max_size=4
        ),
        "delivery_mode": st.sampled_from([1, 2]),
        "correlation_id": TEXT,
        "reply_to": TEXT,
        "expiration": st.integers(0, 10**9).map(str),
        "message_id": TEXT,
        "type": TEXT,
    },
)


@given(PROPERTIES, st.binary(max_size=3 * FRAME_MAX), st.booleans(), TEXT, TEXT, st.integers(1, 65535))
def test_what_we_publish_py_amqp_reads(properties, body, mandatory, exchange, key, channel):
    data = frames.publish(channel, exchange, key, mandatory, properties, body, FRAME_MAX)
    message = read_by_amqp(data)
    assert message.properties == properties
    assert (message.body or b"") == body
    assert {number for _kind, number, _payload in split(data)} == {channel}


@given(PROPERTIES, st.binary(max_size=FRAME_MAX // 2), TEXT)
def test_what_we_publish_is_what_py_amqp_publishes(properties, body, key):
    from amqp import spec
    from amqp.serialization import dumps

    wire = Wire()
    method = dumps("Bssbb", (0, "", key, True, False))
    frame_writer(wire, wire)(1, 7, spec.Basic.Publish, method, AmqpMessage(body, **properties))
    assert frames.publish(7, "", key, True, properties, body, FRAME_MAX) == wire.out


@given(st.integers(1, 65535), st.integers(1, 2**63), st.booleans())
def test_an_acknowledgement_is_what_py_amqp_writes(channel, tag, _):
    from amqp import spec
    from amqp.serialization import dumps

    wire = Wire()
    frame_writer(wire, wire)(1, channel, spec.Basic.Ack, dumps("Lb", (tag, False)), None)
    assert frames.ack(channel, tag) == wire.out


def delivery(properties: dict[str, Any], body: bytes, tag: int = 5, frame_max: int = FRAME_MAX) -> bytes:
    """What a broker sends."""
    from amqp import spec
    from amqp.serialization import dumps

    wire = Wire()
    wire.frame_max = frame_max
    method = dumps("sLbss", ("ctag", tag, True, "some exchange", "some key"))
    frame_writer(wire, wire)(1, 3, spec.Basic.Deliver, method, AmqpMessage(body, **properties))
    return wire.out


@given(PROPERTIES, st.binary(max_size=FRAME_MAX // 2), st.binary(max_size=20), st.integers(1, 2**63))
def test_what_a_broker_delivers_is_read_whole(properties, body, rest, tag):
    data = delivery(properties, body, tag)
    read = frames.read_delivery(data + rest, 7)
    assert read is not None
    message = read.message("the channel")
    assert (message.body, message.properties) == (body, properties)
    assert message.delivery_info == {
        "consumer_tag": "ctag",
        "delivery_tag": tag,
        "redelivered": True,
        "exchange": "some exchange",
        "routing_key": "some key",
    }
    assert message.channel == "the channel"
    assert read.end == len(data)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_delivery_that_has_not_come_whole_is_left(body, data):
    whole = delivery({"type": "t"}, body)
    method = 8 + unpack_from(">BHI", whole, 0)[2]
    cut = data.draw(st.integers(method, len(whole) - 1))
    assert frames.read_delivery(whole[:cut], 7) is None


def test_a_body_of_several_frames_is_left_to_py_amqp():
    assert frames.read_delivery(delivery({}, b"x" * 10_000), 7) is None


def test_only_a_delivery_is_taken_for_one():
    assert frames.is_delivery(delivery({}, b"x"), 7)
    assert not frames.is_delivery(frames.ack(1, 1), 7)


def test_a_text_that_is_too_long_for_the_protocol_is_refused():
    with pytest.raises(Exception, match="format"):
        frames.publish(1, "", "k" * 300, False, {}, b"", FRAME_MAX)

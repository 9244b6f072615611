"""Requests and answers as bytes and properties, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_chassis.bus import context, wire
from netraven_chassis.bus.reply import Reply
from netraven_contracts import errors

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.text(min_size=1, max_size=20)


@given(NAMES, st.dictionaries(NAMES, JSON, max_size=4), st.dictionaries(st.sampled_from(context.KEYS), JSON))
def test_a_request_arrives_as_it_was_sent(method, arguments, data):
    properties = wire.request(method, context.encode(data), "7", "back", 1.5)
    got = wire.read_request(wire.encode(arguments), properties)
    assert (got.method, got.arguments) == (method, arguments)
    assert got.context == {key: value for key, value in data.items() if value is not None}
    assert (properties["expiration"], properties["delivery_mode"]) == ("1500", 1)


def test_a_request_lives_for_a_moment_at_least():
    assert wire.request("m", "", "1", "back", 0.0)["expiration"] == "1"


@given(JSON, st.dictionaries(NAMES, JSON, max_size=3))
def test_an_answer_arrives_with_its_meta(value, meta):
    body, properties = wire.answer(Reply(value, meta), "7")
    assert properties["correlation_id"] == "7"
    assert wire.read_answer(body, properties) == Reply(wire.encode(value), meta)


@given(st.sampled_from(sorted(errors.BY_CODE)), st.text(max_size=50), JSON)
def test_an_error_arrives_as_itself(code, message, details):
    body, properties = wire.failure(errors.BY_CODE[code](message, details), None)
    with pytest.raises(errors.NetRavenError) as caught:
        wire.read_answer(body, properties)
    assert (type(caught.value), caught.value.args) == (errors.BY_CODE[code], (message, details))


def test_details_that_cannot_be_written_are_left_out():
    body, properties = wire.failure(errors.Conflict("no", {"why": object()}), None)
    with pytest.raises(errors.Conflict) as caught:
        wire.read_answer(body, properties)
    assert caught.value.args == ("no", None)


def test_an_answer_of_an_unknown_kind_is_a_fault_of_ours():
    with pytest.raises(errors.Internal):
        wire.read_answer(b"{}", {"type": "surprise"})


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b"\xff", b'{"a":NaN}'])
def test_a_body_that_is_no_object_is_malformed(body):
    with pytest.raises(wire.Malformed):
        wire.read_request(body, wire.request("m", "", "1", "back", 1.0))


@given(
    st.binary(max_size=60), st.dictionaries(st.sampled_from(["type", "content_type"]), st.text(max_size=5))
)
def test_garbage_is_malformed_and_nothing_else(body, properties):
    with pytest.raises(wire.Malformed):
        wire.read_request(body, properties)


@pytest.mark.parametrize("header", ["{", "[]", "5", 5, {"a": 1}, b"\xff"])
def test_a_context_that_cannot_be_read_is_malformed(header):
    properties = {**wire.request("m", "", "1", "back", 1.0), "application_headers": {"context": header}}
    with pytest.raises(wire.Malformed):
        wire.read_request(b"{}", properties)


def test_what_does_not_fit_into_a_message_is_too_large():
    wire.encode(b"x" * wire.LARGEST_BODY)
    with pytest.raises(wire.TooLarge):
        wire.encode(b"x" * (wire.LARGEST_BODY + 1))

"""Each kind of value: what it takes and in which form it keeps it, what it refuses and with what words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, missing

from netraven_contracts.fields import (
    AnyAddress,
    Choice,
    Colour,
    HostAddress,
    MacAddress,
    Moment,
    ObjectId,
    Port,
    Switch,
    Text,
    Whole,
    moment,
)

TAKEN = [
    (Text(), "  core-1 ", "core-1"),
    (Text(), "Zürich 東京 \U0001f5a7", "Zürich 東京 \U0001f5a7"),
    (Text(longest=3), "  abc  ", "abc"),
    (Text(), "Zu\u0308rich", "Zürich"),
    (Text(longest=6), "\ufeffZu\u0308rich\u200b ", "Zürich"),
    (Text(), "\u05d0\u200d\u05d1", "\u05d0\u200d\u05d1"),
    (Text(allow_none=True), "\u200b", None),
    (Text(lines=True), "one\n\ttwo\r\n", "one\n\ttwo"),
    (Text(allow_none=True), " ", None),
    (Text(allow_none=True), None, None),
    (Choice(("router", "switch")), " Router ", "router"),
    (Choice(("router",), allow_none=True), "", None),
    (HostAddress(), " 10.0.0.1 ", "10.0.0.1"),
    (HostAddress(), "127.0.0.1", "127.0.0.1"),
    (HostAddress(), "223.255.255.255", "223.255.255.255"),
    (AnyAddress(), "2001:DB8:0::1", "2001:db8::1"),
    (AnyAddress(), "10.0.0.1", "10.0.0.1"),
    (MacAddress(), "001A.2B3C.4D5E", "00:1a:2b:3c:4d:5e"),
    (MacAddress(), "00-1a-2b-3c-4d-5e", "00:1a:2b:3c:4d:5e"),
    (MacAddress(), "001a2b3c4d5e", "00:1a:2b:3c:4d:5e"),
    (Colour(), "#ABC", "#aabbcc"),
    (Colour(), "#3B82F6", "#3b82f6"),
    (ObjectId(), "65A1B2C3D4E5F60718293A4B", "65a1b2c3d4e5f60718293a4b"),
    (Port(), 22, 22),
    (Port(), 22.0, 22),
    (Whole(1, 9, text=True), " 7 ", 7),
    (Switch(), True, True),
    (Switch(text=True), "No", False),
    (Moment(), "2026-01-02T03:04:05.678Z", 1767323045678),
    (Moment(), "2026-01-02T04:04:05.678+01:00", 1767323045678),
    (Moment(), "2026-01-02T04:04:05.678 01:00", 1767323045678),
    (Moment(), "2026-01-02", 1767312000000),
    (Moment(), "0001-01-01", -62135596800000),
]

REFUSED = [
    (Text(), 7, "must be a text"),
    (Text(), "   ", "at least 1"),
    (Text(), "\u200b\ufeff \u202e", "at least 1"),
    (Text(longest=3), "abcd", "at most 3"),
    (Text(), "x" * 1_000_000, "at most 100"),
    (Text(), "\u200b" * 1_000_000 + "x" * 101, "at most 100"),
    (Text(), "a" + "\u0301\u0316" * 500_000, "at most 100"),
    (Text(), "a\x00b", "control characters"),
    (Text(), "a\nb", "control characters"),
    (Text(lines=True), "a\x00b", "control characters"),
    (Text(), "a\ud800b", "control characters"),
    (Text(), "a\u2028b", "control characters"),
    (Text(), None, "must not be null"),
    (Choice(("router", "switch")), "hub", "must be one of: router, switch"),
    (Choice(("router",)), ["router"], "must be a text"),
    (Choice([f"cisco_{n}" for n in range(20)]), "ciscoo_7", "cisco_7"),
    (HostAddress(), "10.0.0.01", "without leading zeros"),
    (HostAddress(), "10.0.0", "must be an IPv4 address"),
    (HostAddress(), "10.0.0.256", "must be an IPv4 address"),
    (HostAddress(), "::1", "must be an IPv4 address"),
    (HostAddress(), "10.0.0.1/24", "must be an IPv4 address"),
    (HostAddress(), "\u0661\u0660.\u0660.\u0660.\u0661", "must be an IPv4 address"),
    (HostAddress(), "1" * 1_000_000, "must be an IPv4 address"),
    (HostAddress(), 167772161, "must be a text"),
    (HostAddress(), "224.0.0.5", "multicast"),
    (HostAddress(), "0.0.0.0", "unspecified"),
    (HostAddress(), "255.255.255.255", "broadcast"),
    (AnyAddress(), "10.0.0.1/24", "without a prefix"),
    (MacAddress(), "00:1a:2b:3c:4d", "must be a MAC"),
    (MacAddress(), "00:1a-2b:3c-4d:5e", "must be a MAC"),
    (Colour(), "red", "must be a colour"),
    (Colour(), "#abcd", "must be a colour"),
    (ObjectId(), "7", "24 hex digits"),
    (ObjectId(), "z" * 24, "24 hex digits"),
    (Port(), 0, "from 1 to 65535"),
    (Port(), 65536, "from 1 to 65535"),
    (Port(), "22", "from 1 to 65535"),
    (Port(), True, "from 1 to 65535"),
    (Port(), 22.5, "from 1 to 65535"),
    (Port(), [22], "from 1 to 65535"),
    (Whole(1, 9, text=True), "9" * 5000, "from 1 to 9"),
    (Switch(), "true", "must be true or false"),
    (Switch(), 1, "must be true or false"),
    (Switch(text=True), "perhaps", "must be true or false"),
    (Switch(), [], "must be true or false"),
    (Moment(), "yesterday", "ISO-8601"),
    (Moment(), 1767323045678, "ISO-8601"),
    (Moment(), "2026-01-02T03:04:05.678Z" * 10, "ISO-8601"),
]


@pytest.mark.parametrize(("field", "given_", "kept"), TAKEN)
def test_a_value_is_kept_in_its_one_form(field: fields.Field[Any], given_: Any, kept: Any) -> None:
    assert field.deserialize(given_) == kept


@pytest.mark.parametrize(("field", "given_", "words"), REFUSED)
def test_a_value_is_refused_with_the_reason(field: fields.Field[Any], given_: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        field.deserialize(given_)
    (message,) = refusal.value.messages
    assert words in message
    assert len(message) < 300, "what was sent must not come back"


@settings(deadline=None)
@given(
    st.one_of(
        st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text()), st.binary()
    )
)
@pytest.mark.parametrize(
    "field",
    [
        Text(),
        Choice(("a",)),
        HostAddress(),
        AnyAddress(),
        MacAddress(),
        Colour(),
        ObjectId(),
        Port(),
        Switch(),
        Moment(),
    ],
    ids=lambda field: type(field).__name__,
)
def test_whatever_comes_is_taken_or_refused_and_nothing_else(field: fields.Field[Any], value: Any) -> None:
    try:
        kept = field.deserialize(value)
    except ValidationError:
        return
    assert field.deserialize(kept) == kept if not isinstance(field, Moment) else isinstance(kept, int)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=4_000_000_000_000))
def test_a_moment_survives_the_wire(ms: int) -> None:
    assert Moment().deserialize(moment(ms)) == ms


def test_a_missing_value_says_what_to_do() -> None:
    with pytest.raises(ValidationError, match="is required; add it"):
        Text(required=True).deserialize(missing)

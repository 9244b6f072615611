"""The kinds of value in bodies, parameters and answers, each with its rule and its way of saying no.

A field trims, checks and brings a value into its one form; what a value means is decided elsewhere. No field
repeats in its error what it was given, so a megabyte sent is not a megabyte answered.
"""

# marshmallow declares its message tables as instance variables, so that ClassVar would be wrong here.
# ruff: noqa: RUF012

from __future__ import annotations

import difflib
import ipaddress
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from marshmallow import fields, validate

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ID = re.compile(r"[0-9a-fA-F]{24}")
_MAC = re.compile(
    r"([\da-f]{2}([:-])([\da-f]{2}\2){4}[\da-f]{2}|[\da-f]{4}(\.[\da-f]{4}){2}|[\da-f]{12})", re.I | re.A
)
_COLOUR = re.compile(r"#([0-9a-fA-F]{3}){1,2}")
_LONGEST_WORD = 64
_MOST_TOLD = 12
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_FIRST_OCTET = r"(22[0-3]|2[01][0-9]|1[0-9]{2}|[1-9][0-9]?)"

# Control characters, lone surrogates, and two separators that end a line for some readers only.
_UNWANTED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LINE_BREAKS = frozenset("\n\r\t")
_PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
# What is no wider than nothing: it comes along when a name is copied from a web page, and two names that look
# alike would not be the same.
_UNSEEN = r"\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_BLANK = re.compile(rf"[\s{_UNSEEN}]")
_BLANKS = "".join(char for char in (*map(chr, range(0x3001)), "\ufeff") if _BLANK.match(char))
_SEEN = rf"[^\s{_UNSEEN}\x00-\x1f\x7f-\x9f\u2028\u2029]"
_PLAIN_NOT_BLANK = rf"{_PLAIN[:-1]}{_SEEN}{_PLAIN[1:]}"

SPOKEN = {"required": "is required; add it", "null": "must not be null; give a value or leave it out"}


def moment(ms: int) -> str:
    """The moment `ms` (UTC milliseconds) as clients see it: 2026-01-02T03:04:05.678Z."""
    # Not strftime: it writes the first years with fewer than four digits.
    told = (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None)
    return f"{told.isoformat(timespec='milliseconds')}Z"


class Text(fields.String):
    """A trimmed text of `shortest` to `longest` characters without control characters, composed (NFC): an é
    is one character and equals every other é.

    With `lines=True` it may have line breaks and tabs. With `allow_none=True` a blank text is taken as null.
    """

    default_error_messages = {
        **SPOKEN,
        "invalid": "must be a text",
        "short": "must have at least {shortest} characters besides spaces; write it out",
        "long": "is too long; at most {longest} characters are kept",
        "control": "holds control characters; remove them",
    }

    def __init__(self, *, shortest: int = 1, longest: int = 100, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shortest, self.longest, self.lines = shortest, longest, lines
        shown: dict[str, Any] = {"maxLength": longest}
        if shortest and not self.allow_none:
            shown["minLength"] = shortest
        if not lines:
            shown["pattern"] = _PLAIN_NOT_BLANK if "minLength" in shown and shortest == 1 else _PLAIN
        self.metadata = {**shown, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        text = value.strip(_BLANKS)
        return None if not text and self.allow_none else self._form(text)

    def _form(self, text: str) -> str:
        """The one form in which the trimmed `text` is kept; raises ValidationError."""
        if len(text) <= 2 * self.longest:  # very many marks take very long to compose
            text = unicodedata.normalize("NFC", text)
        if len(text) < self.shortest:
            raise self.make_error("short", shortest=self.shortest)
        if len(text) > self.longest:
            raise self.make_error("long", longest=self.longest)
        allowed = _LINE_BREAKS if self.lines else frozenset[str]()
        if any(unicodedata.category(char) in _UNWANTED and char not in allowed for char in text):
            raise self.make_error("control")
        return text


class _Formed(Text):
    """A text whose form says all: length and characters follow from it. `shown` goes into OpenAPI."""

    shown: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, **kwargs: Any) -> None:
        fields.String.__init__(self, **kwargs)
        self.metadata = {**self.shown, **self.metadata}


class Choice(_Formed):
    """One word out of `words`, in any case and with blanks around it; the lower-case word is kept."""

    default_error_messages = {"choice": "must be one of: {words}"}

    def __init__(self, words: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words)
        self.metadata = {"enum": [*self.words, *([None] if self.allow_none else [])], **self.metadata}

    def _form(self, text: str) -> str:
        if (word := text[:_LONGEST_WORD].lower()) not in self.words:
            raise self.make_error("choice", words=self._told(word))
        return word

    def _told(self, word: str) -> str:
        if len(self.words) <= _MOST_TOLD:
            return ", ".join(self.words)
        near = difflib.get_close_matches(word, self.words, n=3) or self.words[:3]
        return f"{', '.join(near)} … (the API's description lists all {len(self.words)})"


class HostAddress(_Formed):
    """The IPv4 address of one machine, canonical and dotted: no leading zeros, no group, no broadcast."""

    default_error_messages = {
        "address": "must be an IPv4 address such as 10.0.0.1: four numbers to 255 without leading zeros",
        "nobody": "must be the address of one machine; {kind} addresses belong to none",
    }
    shown = {
        "format": "ipv4",
        "pattern": rf"^{_FIRST_OCTET}(\.{_OCTET}){{3}}$",
        "minLength": 7,
        "maxLength": 15,
    }

    def _form(self, text: str) -> str:
        try:
            address = ipaddress.IPv4Address(text)
        except ValueError:
            raise self.make_error("address") from None
        if kind := homeless(address):
            raise self.make_error("nobody", kind=kind)
        return text


def homeless(address: ipaddress.IPv4Address) -> str | None:
    """Why no single machine can have `address` ("multicast", …), or None when one can."""
    if address.is_multicast:
        return "multicast"
    if int(address) >> 24 == 0:
        return "unspecified (0.x.x.x)"
    if int(address) >> 28 == 15:
        return "reserved and broadcast (240 and up)"
    return None


class AnyAddress(_Formed):
    """An IPv4 or IPv6 address in its canonical form, as an interface may have."""

    default_error_messages = {
        "address": "must be an IPv4 or IPv6 address without a prefix length, such as 10.0.0.1"
    }
    shown = {"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}], "maxLength": 45}

    def _form(self, text: str) -> str:
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            raise self.make_error("address") from None


class MacAddress(_Formed):
    """A MAC address in any of the usual spellings; kept as 00:1a:2b:3c:4d:5e."""

    default_error_messages = {"mac": "must be a MAC address such as 00:1a:2b:3c:4d:5e"}
    shown = {"pattern": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$", "maxLength": 17}

    def _form(self, text: str) -> str:
        if not _MAC.fullmatch(text):
            raise self.make_error("mac")
        digits = re.sub(r"[:.-]", "", text.lower())
        return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


class Colour(_Formed):
    """A colour as #rrggbb, or #rgb for short; kept as #rrggbb in lower case."""

    default_error_messages = {"colour": "must be a colour such as #3b82f6"}
    shown = {"pattern": "^#[0-9a-fA-F]{6}$", "maxLength": 7}

    def _form(self, text: str) -> str:
        if not _COLOUR.fullmatch(text):
            raise self.make_error("colour")
        digits = text[1:].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


class ObjectId(_Formed):
    """An identifier: 24 hex digits; kept in lower case."""

    default_error_messages = {"id": "must be an identifier of 24 hex digits"}
    shown = {"pattern": "^[0-9a-f]{24}$", "minLength": 24, "maxLength": 24}

    def _form(self, text: str) -> str:
        if not _ID.fullmatch(text):
            raise self.make_error("id")
        return text.lower()


class Whole(fields.Integer):
    """A whole number from `low` to `high`. Digits in quotes only with `text=True` (parameters, CSV)."""

    default_error_messages = {**SPOKEN}

    def __init__(self, low: int, high: int, *, text: bool = False, **kwargs: Any) -> None:
        spoken = f"must be a whole number from {low} to {high}"
        super().__init__(strict=True, validate=validate.Range(low, high, error=spoken), **kwargs)
        self.text = text
        self.error_messages.update(invalid=spoken, too_large=spoken)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and not (self.text and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value)):
            raise self.make_error("invalid")
        # Strict as it is, marshmallow's integer takes neither text nor 22.0, which is whole in JSON.
        whole = isinstance(value, str) or (isinstance(value, float) and value.is_integer())
        number = int(value) if whole else value
        return super()._deserialize(number, attr, data, **kwargs)


class Port(Whole):
    """A TCP port: 1 to 65535."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, 65535, **kwargs)


class Switch(fields.Boolean):
    """true or false and nothing that looks like it; `text=True` takes the words too (parameters, CSV)."""

    default_error_messages = {**SPOKEN, "invalid": "must be true or false"}

    def __init__(self, *, text: bool = False, **kwargs: Any) -> None:
        words = (["true", "1", "yes"], ["false", "0", "no"]) if text else ([], [])
        super().__init__(truthy={True, *words[0]}, falsy={False, *words[1]}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise self.make_error("invalid")
        return super()._deserialize(value.lower() if isinstance(value, str) else value, attr, data, **kwargs)


class Moment(fields.Field[int]):
    """A time: ISO-8601 outside, UTC milliseconds inside. One without a zone is taken as UTC."""

    default_error_messages = {**SPOKEN, "invalid": "must be an ISO-8601 time such as 2026-01-02T03:04:05Z"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"type": "string", "format": "date-time", **self.metadata}
        if self.allow_none:
            self.metadata["type"] = ["string", "null"]

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else moment(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid")
        try:
            # A `+` in a query string that nobody escaped arrives as a blank.
            when = datetime.fromisoformat(value.strip().replace(" ", "+"))
            return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None

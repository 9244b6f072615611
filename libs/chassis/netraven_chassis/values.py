"""How text from the environment becomes a value, or a reason why it cannot. No setting is named here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

N = TypeVar("N", int, float)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: how it is read from text (ValueError says why not) and what would have been right."""

    parse: Callable[[str], Any]
    wanted: str


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`."""
    return Kind(lambda text: _within(_int(text), low, high), f"a whole number from {low} to {high}")


def number(low: float, high: float) -> Kind:
    """A number, perhaps with a fraction, from `low` to `high`."""
    return Kind(lambda text: _within(_float(text), low, high), f"a number from {low:g} to {high:g}")


def choice(*allowed: str) -> Kind:
    """One of a few words, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError("no such choice")
        return text.lower()

    return Kind(parse, "one of " + ", ".join(allowed))


def matching(pattern: str, wanted: str) -> Kind:
    """Text of a certain form."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("not of the right form")
        return text

    return Kind(parse, wanted)


def listing(item: Kind) -> Kind:
    """Several of a kind with commas between them, as a tuple."""

    def parse(text: str) -> tuple[Any, ...]:
        return tuple(item.parse(part.strip()) for part in text.split(",") if part.strip())

    return Kind(parse, f"{item.wanted}; several with commas between them")


@dataclass(frozen=True, slots=True)
class ByWord:
    """A value for each of some words: one for all of them, and others for those that are named."""

    rest: Any
    named: Mapping[str, Any]

    def of(self, word: str) -> Any:
        """The value for the word."""
        return self.named.get(word, self.rest)

    def __str__(self) -> str:
        return ",".join([str(self.rest), *(f"{word}={value}" for word, value in self.named.items())])


def by_word(item: Kind, *words: str) -> Kind:
    """A kind of value for all `words`, and others for some: 90,session=14."""

    def parse(text: str) -> ByWord:
        rest, *others = (part.strip() for part in text.split(","))
        named = dict(_pair(part, item, words) for part in others)
        return ByWord(item.parse(rest), named)

    return Kind(parse, f"{item.wanted}, then others as {words[0]}=… for any of {', '.join(words)}")


def _pair(text: str, item: Kind, words: tuple[str, ...]) -> tuple[str, Any]:
    word, _, value = text.partition("=")
    if word not in words:
        raise ValueError("no such word")
    return word, item.parse(value)


def address(*schemes: str) -> Kind:
    """A server's URI with one of `schemes`."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.netloc:
            raise ValueError("not such an address")
        return text

    return Kind(parse, "an address that begins with " + " or ".join(f"{one}://" for one in schemes))


def _int(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise ValueError("not a whole number")
    return int(text)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("not a number") from None


def _within(value: N, low: float, high: float) -> N:
    # Written so that nan, which compares false with everything, is refused as well.
    if not low <= value <= high:
        raise ValueError("out of range")
    return value


_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def _switch(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError("neither yes nor no")
    return _WORDS[text.lower()]


def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if text != "*" and (
        parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query
    ):
        raise ValueError("not an origin")
    return text


SWITCH = Kind(_switch, "true or false")
TEXT = Kind(str, "any text")
FOLDER = Kind(lambda text: Path(text).expanduser().absolute(), "a folder")
NETWORK = Kind(_network, "an address or network such as 10.0.0.1 or 10.0.0.0/8")
ORIGIN = Kind(_origin, "an origin such as https://raven.example.org, without a path")


def without_password(uri: str) -> str:
    """The address as it may be shown: the password in it replaced by stars."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    user, host = parts.netloc.rsplit("@", 1)
    return urlunsplit(parts._replace(netloc=f"{user.split(':', 1)[0]}:***@{host}"))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

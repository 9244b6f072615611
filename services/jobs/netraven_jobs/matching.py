"""Which lines of a text match, with the lines around them. Pure, and safe from patterns that never end.

Matching lets go of the interpreter's lock, so that in a native thread it holds up nobody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex

from netraven_contracts.errors import ValidationFailed

MOST_LINES = 50  # of one text
LONGEST_LINE = 400  # characters that are shown
SLOW_SECONDS = 1.0  # for one text; a sound pattern takes thousandths of it

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is looked for; `context` is how many lines are shown before and after one that matches."""

    compiled: Any
    context: int = 0


class TooSlow(Exception):
    """The pattern takes too long on a text."""


def pattern(words: str, as_regex: bool, case: bool, context: int) -> Pattern:
    """The pattern for what somebody looks for. Raises ValidationFailed for what is no regular expression."""
    flags = regex.MULTILINE | (0 if case else regex.IGNORECASE)
    try:
        return Pattern(regex.compile(words if as_regex else regex.escape(words), flags), context)
    except (regex.error, RecursionError, OverflowError) as error:
        reason = str(error) if isinstance(error, regex.error) else "is too intricate"
        raise ValidationFailed("This is no regular expression", {"q": [reason]}) from None


def lines(wanted: Pattern, text: str) -> tuple[list[Line], bool]:
    """The lines that match, and whether there are more than are shown: [{"number" from 1, "text", "before",
    "after"}]. Raises TooSlow.
    """
    found: list[Line] = []
    for start in _starts(wanted, text):
        if len(found) == MOST_LINES:
            return found, True
        found.append(_around(text, start, wanted.context, found[-1] if found else None))
    return found, False


def _starts(wanted: Pattern, text: str) -> Iterator[int]:
    """Where each line that matches begins. A match that spans lines counts for its first."""
    place, deadline = 0, time.monotonic() + SLOW_SECONDS
    while place <= len(text):
        try:
            left = max(0.001, deadline - time.monotonic())
            match = wanted.compiled.search(text, place, concurrent=True, timeout=left)
        except TimeoutError:
            raise TooSlow from None
        if match is None:
            return
        yield text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.start())
        place = len(text) + 1 if end < 0 else end + 1


def _around(text: str, start: int, context: int, last: Line | None) -> Line:
    if last is None:
        number = text.count("\n", 0, start) + 1
    else:
        number = last["number"] + text.count("\n", last["start"], start)
    end = _end(text, start)
    before: list[str] = []
    after: list[str] = []
    at = start
    for _ in range(min(context, number - 1)):
        at = text.rfind("\n", 0, at - 1) + 1
        before.append(_shown(text, at))
    at = end + 1
    while at < len(text) and len(after) < context:
        after.append(_shown(text, at))
        at = _end(text, at) + 1
    return {
        "number": number,
        "start": start,
        "text": _shown(text, start),
        "before": before[::-1],
        "after": after,
    }


def _end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _shown(text: str, start: int) -> str:
    return text[start : min(_end(text, start), start + LONGEST_LINE)].rstrip("\r")


def told(line: Mapping[str, Any]) -> Line:
    """A line as clients see it."""
    return {name: line[name] for name in ("number", "text", "before", "after")}

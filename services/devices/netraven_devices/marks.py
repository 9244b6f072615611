"""Which of many things may have all of some marks: a bit for each thing under every mark. Pure.

A text that holds a part holds each two neighbours of it, so with pairs of characters for marks a search looks
into few of a hundred thousand texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# Under each lies a bit for every thing: 25 MB of a hundred thousand. What is marked beyond may be anywhere.
MOST_MARKS = 2048


class Marks:
    """Things are numbers from 0 on, marks are texts."""

    def __init__(self) -> None:
        self._bits: dict[str, bytearray] = {}

    def add(self, number: int, marks: Iterable[str]) -> None:
        """The thing has these marks."""
        at, bit = number >> 3, 1 << (number & 7)
        for mark in marks:
            bits = self._bits.get(mark)
            if bits is None:
                if len(self._bits) >= MOST_MARKS:
                    continue
                bits = self._bits[mark] = bytearray()
            if len(bits) <= at:
                bits.extend(bytes(at + 1 - len(bits)))
            bits[at] |= bit

    def remove(self, number: int, marks: Iterable[str]) -> None:
        """The thing, which had these marks, has them no more."""
        at, bit = number >> 3, 1 << (number & 7)
        for mark in marks:
            if mark in self._bits:
                self._bits[mark][at] &= ~bit

    def having(self, marks: Iterable[str]) -> int | None:
        """The things that may have all of the marks, a bit each; None when it may be any of them."""
        found: int | None = None
        for mark in marks:
            bits = self._bits.get(mark)
            if bits is not None:
                these = int.from_bytes(bits, "little")
                found = these if found is None else found & these
            elif len(self._bits) < MOST_MARKS:
                return 0
        return found


def pairs(text: str) -> set[str]:
    """All that stands side by side in a text."""
    return {text[at : at + 2] for at in range(len(text) - 1)}


def numbers(bits: int) -> Iterator[int]:
    """The things whose bits are set, the lowest first."""
    text = f"{bits:b}"[::-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)

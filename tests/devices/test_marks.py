"""Marks against plain sets."""

from __future__ import annotations

import random

import pytest

from netraven_devices import marks as module
from netraven_devices.marks import Marks, numbers, pairs


@pytest.mark.parametrize("most", [2048, 5])
def test_whatever_has_all_marks_is_found_and_without_a_limit_nothing_else(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_MARKS", most)
    dice, marks = random.Random(1), Marks()
    texts: dict[int, set[str]] = {}
    for _ in range(300):
        number = dice.randrange(60)
        if number in texts:
            marks.remove(number, texts.pop(number))
        else:
            texts[number] = set(dice.choices("abcdefghij", k=4))
            marks.add(number, texts[number])
        wanted = set(dice.choices("abcdefghijk", k=dice.randint(1, 2)))
        bits = marks.having(wanted)
        expected = [number for number in sorted(texts) if wanted <= texts[number]]
        found = sorted(texts) if bits is None else list(numbers(bits))
        assert set(expected) <= set(found)
        assert most == 5 or found == expected


def test_pairs_are_what_stands_side_by_side() -> None:
    assert pairs("abab") == {"ab", "ba"} and pairs("a") == pairs("") == set()


def test_no_mark_may_be_anything() -> None:
    assert Marks().having(()) is None and list(numbers(0)) == []

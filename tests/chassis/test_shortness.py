"""A log that ends before what was read of it."""

from __future__ import annotations

import pytest

from netraven_chassis.shortness import Shortness


class Clock:
    """Seconds that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("seen", "verdicts"),
    [
        ([(0, 3), (5, 3), (10, 3), (15, 3), (20, 3)], [False, False, False, False, True]),
        ([(0, 3), (5, 5), (10, 3), (15, 3), (20, 3)], [False] * 5),  # only a new primary, twice
        ([(0, 3), (100, 3), (105, 3)], [False] * 3),  # long ago, and now for a moment
        ([(0, 5), (100, 6)], [False] * 2),
    ],
)
def test_one_that_stays_short_for_a_while_was_restored(
    seen: list[tuple[int, int]], verdicts: list[bool]
) -> None:
    clock = Clock()
    shortness, found = Shortness(clock), []
    for at, head in seen:
        clock.seconds = at
        found.append(shortness.lasts(head, 5))
    assert found == verdicts


def test_of_another_log_nothing_was_seen_yet() -> None:
    clock = Clock()
    shortness = Shortness(clock)
    shortness.lasts(3, 5)
    shortness.forget()
    clock.seconds = 10.0
    shortness.lasts(3, 5)
    clock.seconds = 20.0
    assert not shortness.lasts(3, 5)

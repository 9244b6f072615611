"""Waiting times: they grow, they are bounded, they differ, and health makes them short again."""

from __future__ import annotations

from netraven_chassis.backoff import Backoff


def test_waits_grow_to_the_most_and_are_never_in_step() -> None:
    backoff = Backoff(first=1, most=8)
    waits = [backoff.after(0) for _ in range(6)]
    for wait, whole in zip(waits, [1, 2, 4, 8, 8, 8], strict=True):
        assert whole / 2 <= wait <= whole
    assert len({Backoff(first=1).after(0) for _ in range(20)}) == 20


def test_a_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(most=30)
    assert max(backoff.after(0) for _ in range(1000)) <= 30


def test_what_ran_long_enough_begins_from_the_start() -> None:
    backoff = Backoff(first=1, most=8, settled=60)
    for _ in range(5):
        backoff.after(59)
    assert backoff.after(60) <= 1

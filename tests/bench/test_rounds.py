"""Turns and medians: nobody always goes first, and one bad round moves nothing."""

from __future__ import annotations

from bench.rounds import Figure, in_turns, medians


def test_contestants_take_turns_and_every_second_round_goes_backwards() -> None:
    order: list[str] = []
    in_turns({name: lambda name=name: order.append(name) for name in "abc"}, rounds=3)  # type: ignore[misc]
    assert "".join(order) == "abccbaabc"


def test_the_median_forgets_the_worst_round_but_not_its_errors() -> None:
    figures = iter([Figure(100, 1, 2), Figure(5, 900, 950, errors=3), Figure(102, 1.2, 2.2)])
    (figure,) = medians({"one": lambda: next(figures)}, rounds=3).values()
    assert figure == Figure(100, 1.2, 2.2, errors=3)

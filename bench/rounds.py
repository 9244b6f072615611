"""Taking turns and taking medians: contestants are measured alternately, so that a slow minute meets all."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement: things per second, and for requests the milliseconds that half and 99 % of them took.

    `errors` counts what was refused, broken or late; a figure with errors is no figure.
    """

    rate: float
    p50: float = 0.0
    p99: float = 0.0
    errors: int = 0

    @classmethod
    def median(cls, figures: Sequence[Self]) -> Self:
        """The median of each number by itself; of the errors the sum."""
        names = [item.name for item in fields(cls) if item.name != "errors"]
        middle = {name: statistics.median(getattr(one, name) for one in figures) for name in names}
        return cls(**middle, errors=sum(one.errors for one in figures))


def in_turns(
    cases: Mapping[str, Callable[[], T]], rounds: int, tell: Callable[[str], None] = lambda _: None
) -> dict[str, list[T]]:
    """Measure every case `rounds` times, one after the other; every second round in the reverse order."""
    results: dict[str, list[T]] = {name: [] for name in cases}
    for number in range(rounds):
        names = list(cases) if number % 2 == 0 else list(cases)[::-1]
        for name in names:
            tell(f"round {number + 1} of {rounds}: {name}")
            results[name].append(cases[name]())
    return results


def medians(
    cases: Mapping[str, Callable[[], Figure]], rounds: int, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Figure]:
    """The median figure of every case."""
    return {name: Figure.median(figures) for name, figures in in_turns(cases, rounds, tell).items()}

"""Rates of success: exact over the attempts that are kept, whatever of them is summed already."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from netraven_chassis.batch import Batch
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_contracts.credentials import ATTEMPTS_KEPT_DAYS
from netraven_devices import attempt_sums, attempts
from netraven_devices.success_rates import Record, records
from tests.devices.conftest import START, Ticks
from tests.devices.test_attempts import heard, told, tried

__all__ = ["told"]
Asked = Callable[..., BoundStore]
Attempt = tuple[str, bool, int]  # of which credential, whether it went well, when
DAY_MS = 86_400_000
KEPT_MS = ATTEMPTS_KEPT_DAYS * DAY_MS


def test_the_rate_is_exact_over_what_is_kept(told: Core, asked: Asked) -> None:
    assert records(asked(), ["a", "b", "c"]) == {
        "a": Record(3, 33.3, START + 2000),
        "b": Record(1, 100.0, START),
    }


def test_a_window_counts_only_what_is_in_it(told: Core, asked: Asked) -> None:
    assert records(asked(), ["a", "b"], START + 1000) == {"a": Record(2, 50.0, START + 2000)}
    assert records(asked(), ["a"], START + 2001) == {}


def test_a_commit_that_comes_again_counts_once(told: Core, asked: Asked) -> None:
    before = records(asked(), ["a", "b"])
    heard(told, 2, START + 1000, tried("a", True, START + 1000))
    assert records(asked(), ["a", "b"]) == before


def expected(tries: list[Attempt], since: int) -> dict[str, Record]:
    found: dict[str, list[Attempt]] = {}
    for one in tries:
        if one[2] >= since:
            found.setdefault(one[0], []).append(one)
    return {
        ident: Record(
            len(ones), round(100 * sum(one[1] for one in ones) / len(ones), 1), max(one[2] for one in ones)
        )
        for ident, ones in found.items()
    }


def taken_in(core: Core, position: int, at: int, *events: Recorded) -> None:
    """One commit of the jobs' log, by the follower that knows how far it is."""
    commit = Commit(f"job-{position}", 1, events, position, at, {}, None, None, None, None)
    batch = Batch("jobs", "jobs-1", position - 1, position, (commit,), position)
    core.followers()[attempts.SOURCE].receive(batch)


@pytest.mark.parametrize("seed", range(3))
def test_sums_change_no_number(
    asked: Asked, core: Core, clock: Ticks, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(attempt_sums, "STRETCH", 4)
    dice = random.Random(seed)
    tries: list[Attempt] = []
    for position in range(1, 31):
        # Commits of several devices come nearly in the order of their times.
        at = START + position * 1000 - dice.randint(0, 3000)
        new = [(dice.choice("abc"), dice.random() < 0.5, at) for _ in range(dice.randint(0, 3))]
        taken_in(core, position, at, *(tried(*one) for one in new))
        tries += new
        if dice.random() < 0.2:
            attempt_sums.sum_up(asked())
    assert attempt_sums.summed(asked()) > 0
    for since in (None, *(START + dice.randint(-1000, 31_000) for _ in range(20))):
        assert records(asked(), ["a", "b", "c"], since) == expected(tries, since or 0)
    clock.time = START + KEPT_MS + 15_500
    for _ in range(2):
        kept = expected(tries, attempts.kept_since(asked()))
        clock.time -= 1000  # a look has let it go on
        assert records(asked(), ["a", "b", "c"]) == kept
        attempt_sums.forget(asked())


def test_what_is_not_kept_any_longer_is_dropped(
    asked: Asked, core: Core, clock: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_sums, "STRETCH", 2)
    for position, at in enumerate(
        (START, START + 1000, START + 2000, START + DAY_MS * 3, START + DAY_MS * 3), 1
    ):
        taken_in(core, position, at, tried("a", True, at))
    attempt_sums.sum_up(asked())
    clock.time = START + KEPT_MS + DAY_MS * 2
    attempt_sums.forget(asked())
    left = asked().collection(attempts.VIEW).distinct("position")
    assert left == [3, 4, 5], "a stretch goes when the last of it does"
    assert asked().collection(attempt_sums.VIEW).distinct("stretch") == [1]
    assert records(asked(), ["a"]) == {"a": Record(2, 100.0, START + DAY_MS * 3)}


def test_a_stretch_of_which_something_is_parked_is_not_summed(
    asked: Asked, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_sums, "STRETCH", 1)
    jobs = core.followers()[attempts.SOURCE]
    odd = Recorded("CredentialAttempted", 1, {"outcome": "success"})
    taken_in(core, 1, START, odd)
    attempt_sums.sum_up(asked())
    assert (jobs.parking.count(), attempt_sums.summed(asked())) == (1, 0)
    jobs.parking.drop(1)
    attempt_sums.sum_up(asked())
    assert attempt_sums.summed(asked()) == 1

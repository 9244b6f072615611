"""Who watches trusts what he does not see only when he could have seen it."""

from __future__ import annotations

import pytest

from netraven_jobs.vigil import Vigil
from tests.clock import MovableClock

START, GAP, MOMENT = 1_767_323_045_000, 4000, 9000


@pytest.fixture
def clock() -> MovableClock:
    one = MovableClock()
    one.stop(START)
    return one


@pytest.fixture
def vigil(clock: MovableClock) -> Vigil:
    """A watch that has just begun."""
    one = Vigil(clock, GAP, MOMENT)
    look(one, clock)
    return one


def look(vigil: Vigil, clock: MovableClock, *after: int) -> bool:
    """Look now, or each so many milliseconds after the one before; whether the watch is unbroken."""
    for pause in after or (0,):
        clock.ahead += pause
        with vigil.look():
            pass
    return vigil.unbroken


def test_who_has_just_come_waits_a_moment(clock: MovableClock) -> None:
    vigil = Vigil(clock, GAP, MOMENT)
    assert not vigil.unbroken
    assert [look(vigil, clock), look(vigil, clock, GAP, GAP), look(vigil, clock, 1000)] == [
        False,
        False,
        True,
    ]
    assert look(vigil, clock, *[GAP] * 20)


@pytest.mark.parametrize("pause", [GAP + 1, 10 * MOMENT, -1], ids=["a gap", "an outage", "the clock is set"])
def test_after_a_gap_a_moment_is_waited_once_more(vigil: Vigil, clock: MovableClock, pause: int) -> None:
    assert look(vigil, clock, GAP, GAP, GAP)
    assert not look(vigil, clock, pause)
    assert not look(vigil, clock, GAP, GAP)
    assert look(vigil, clock, GAP)


def test_a_look_that_fails_is_none(vigil: Vigil, clock: MovableClock) -> None:
    assert look(vigil, clock, GAP, GAP, GAP)
    with pytest.raises(ConnectionError), vigil.look():
        raise ConnectionError("nobody there")
    assert not vigil.unbroken
    assert not look(vigil, clock, 1)
    assert look(vigil, clock, GAP, GAP, GAP)

"""Time online, offline and unknown adds up to the window, to the millisecond."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netraven_monitor.availability import Availability, availability
from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN

statuses = st.sampled_from([ONLINE, OFFLINE, UNKNOWN])
histories = st.lists(st.tuples(st.integers(0, 300), statuses), max_size=20).map(
    lambda changes: sorted(changes, key=lambda change: change[0])
)
moments = st.integers(0, 300)


def by_the_millisecond(changes: list[tuple[int, str]], start: int, end: int) -> Availability:
    """The slow way: ask every single millisecond what stood then."""
    spent = {ONLINE: 0, OFFLINE: 0, UNKNOWN: 0}
    for moment in range(start, end):
        stood = [status for at, status in changes if at <= moment]
        spent[stood[-1] if stood else UNKNOWN] += 1
    return Availability(start, max(start, end), spent[ONLINE], spent[OFFLINE], spent[UNKNOWN])


@given(histories, moments, moments)
def test_it_is_what_asking_every_millisecond_gives(
    changes: list[tuple[int, str]], start: int, end: int
) -> None:
    assert availability(changes, start, end) == by_the_millisecond(changes, start, end)


@given(histories, moments, moments, moments)
def test_two_windows_side_by_side_add_up_to_the_whole(
    changes: list[tuple[int, str]], a: int, b: int, c: int
) -> None:
    start, middle, end = sorted([a, b, c])
    left, right = availability(changes, start, middle), availability(changes, middle, end)
    whole = availability(changes, start, end)
    assert left.online_ms + right.online_ms == whole.online_ms
    assert left.offline_ms + right.offline_ms == whole.offline_ms
    assert left.unknown_ms + right.unknown_ms == whole.unknown_ms


def test_before_the_first_verdict_nothing_is_known() -> None:
    assert availability([], 100, 200) == Availability(100, 200, 0, 0, 100)
    assert availability([(150, ONLINE)], 100, 200) == Availability(100, 200, 50, 0, 50)


def test_the_ratio_leaves_out_what_nobody_knows() -> None:
    assert Availability(0, 400, 150, 50, 200).ratio == 0.75
    assert Availability(0, 400, 0, 0, 400).ratio is None


def test_time_that_the_monitor_was_away_is_unknown_and_not_offline() -> None:
    changes = [(0, ONLINE), (60, UNKNOWN), (100, ONLINE)]
    assert availability(changes, 0, 200) == Availability(0, 200, 160, 0, 40)

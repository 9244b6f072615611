"""Every device has its turn once in an interval, spread over it, and what was missed is skipped."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from netraven_chassis.ids import derive_id
from netraven_monitor.schedule import GROUPS, LATE_MS, SHARDS, due, group_of, groups_of, shard_of

intervals = st.sampled_from([200, 1_000, 7_000, 60_000, 300_000, 86_400_000])
NOW = 1_790_000_000_000


def ticks(start: int, end: int, steps: list[int]) -> list[int]:
    moments, at = [start], start
    while at < end:
        at = min(end, at + steps[len(moments) % len(steps)])
        moments.append(at)
    return moments


@settings(deadline=None)
@given(st.sampled_from([200, 1_000, 7_000, 60_000]), st.lists(st.integers(20, 200), min_size=1, max_size=5))
def test_however_often_one_looks_each_group_is_due_once_in_an_interval(
    interval: int, steps: list[int]
) -> None:
    steps = [min(step, interval) for step in steps]
    moments = ticks(NOW, NOW + interval, steps)
    turns = Counter(g for a, b in pairwise(moments) for g in due(a, b, interval))
    assert turns == Counter(range(GROUPS))


@given(intervals, st.integers(1, 10_000_000))
def test_after_being_held_up_only_the_last_second_is_made_up_for(interval: int, held: int) -> None:
    groups = due(NOW - held, NOW, interval)
    assert len(groups) == len(set(groups))
    assert len(groups) <= min(GROUPS, LATE_MS * GROUPS // interval + 1)


def test_a_clock_that_was_set_back_makes_nothing_due() -> None:
    assert due(NOW, NOW - 5_000, 60_000) == []


def test_ten_thousand_devices_are_spread_over_the_interval() -> None:
    sizes = Counter(group_of(derive_id("device", str(number))) for number in range(10_000))
    assert len(sizes) == GROUPS
    assert max(sizes.values()) < 3 * 10_000 / GROUPS


def test_the_group_of_a_device_never_changes() -> None:
    assert group_of("0123456789abcdef01234567") == 156


def test_shards_part_the_groups_among_them() -> None:
    parts = [groups_of([shard]) for shard in range(SHARDS)]
    assert sorted(group for part in parts for group in part) == list(range(GROUPS))
    assert {len(part) for part in parts} == {GROUPS // SHARDS}


def test_turns_that_follow_each_other_fall_to_different_shards() -> None:
    assert len({shard_of(group) for group in due(NOW - 1000, NOW, 16_000)}) == SHARDS

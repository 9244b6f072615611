"""Looks are counted: so many in a row against what stands make a verdict, and a single one makes none."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_monitor.verdict import Rules, Streak, weigh
from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN

says = st.sampled_from([ONLINE, OFFLINE, UNKNOWN])
rules_ = st.builds(Rules, st.integers(1, 6), st.integers(1, 6))


def follow(status: str, looks: list[str], rules: Rules) -> list[str]:
    """The status after each look, when every verdict is taken down at once."""
    streak, as_of, shown = None, 0, []
    for moment, look in enumerate(looks, 1):
        streak, verdict = weigh(status, as_of, look, streak, rules)
        if verdict:
            status, as_of = look, moment
        shown.append(status)
    return shown


def test_three_misses_take_an_online_device_down() -> None:
    assert follow(ONLINE, [OFFLINE] * 3, Rules()) == [ONLINE, ONLINE, OFFLINE]


def test_two_answers_bring_an_offline_device_up() -> None:
    assert follow(OFFLINE, [ONLINE] * 2, Rules()) == [OFFLINE, ONLINE]


def test_one_lost_packet_changes_nothing() -> None:
    looks = [ONLINE, OFFLINE, ONLINE, OFFLINE, OFFLINE, ONLINE]
    assert follow(ONLINE, looks, Rules()) == [ONLINE] * 6


@pytest.mark.parametrize("look", [ONLINE, OFFLINE])
def test_where_nothing_stands_yet_one_burst_decides(look: str) -> None:
    assert follow(UNKNOWN, [look], Rules()) == [look]


def test_not_being_able_to_ask_is_no_miss() -> None:
    assert follow(ONLINE, [OFFLINE, OFFLINE, UNKNOWN, OFFLINE], Rules()) == [ONLINE] * 4
    assert follow(ONLINE, [UNKNOWN] * 3, Rules()) == [ONLINE, ONLINE, UNKNOWN]


def test_what_somebody_else_decided_begins_the_count_anew() -> None:
    streak = Streak(OFFLINE, as_of=5, length=2)
    assert weigh(ONLINE, 9, OFFLINE, streak, Rules()) == (Streak(OFFLINE, 9, 1), False)


def test_a_verdict_that_got_lost_is_made_again() -> None:
    streak, verdict = weigh(ONLINE, 0, OFFLINE, Streak(OFFLINE, 0, 3), Rules())
    assert verdict
    assert weigh(ONLINE, 0, OFFLINE, streak, Rules())[1]


@given(st.lists(says, max_size=40), says, rules_)
def test_a_status_changes_exactly_at_the_end_of_a_long_enough_run(
    looks: list[str], start: str, rules: Rules
) -> None:
    """Against a second way of saying it: runs of equal looks, cut where the status changed."""
    status, expected = start, []
    for look, run in groupby(looks):
        length = len(list(run))
        needed = rules.needed(status, look)
        if look != status and length >= needed:
            expected += [status] * (needed - 1) + [look] * (length - needed + 1)
            status = look
        else:
            expected += [status] * length
    assert follow(start, looks, rules) == expected


@given(st.lists(says, max_size=20), rules_)
def test_a_look_that_agrees_always_ends_the_streak(looks: list[str], rules: Rules) -> None:
    streak = None
    for look in looks:
        streak, _ = weigh(ONLINE, 0, look, streak, rules)
        assert (streak is None) == (look == ONLINE)

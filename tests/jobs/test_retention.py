"""Which backups are kept: the last ones and one of each period, whatever comes and in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netraven_jobs.retention import PERIODS, Policy, Taken, discarded
from tests.jobs.fleet import DAY, HOUR, START


def when(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def kept(policy: Policy, backups: Sequence[Taken], *spared: str) -> list[str]:
    gone = discarded(policy, backups, frozenset(spared))
    return [ident for ident, _ in sorted(backups, key=lambda taken: taken[1]) if ident not in gone]


HOURLY = [(f"b{hour:03}", START + hour * HOUR) for hour in range(24 * 3)]


def test_the_last_ones_are_kept() -> None:
    assert kept(Policy(last=3), HOURLY) == ["b069", "b070", "b071"]


def test_of_each_day_the_last_one_is_kept() -> None:
    # The first backup is of 03:04 UTC, so its day ends with the 21st.
    assert kept(Policy(daily=3), HOURLY) == ["b044", "b068", "b071"]


def test_days_without_a_backup_do_not_count() -> None:
    backups = [("old", START), ("new", START + 400 * DAY)]
    assert kept(Policy(daily=2), backups) == ["old", "new"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-12-31", "2027-01-03", True),
        ("2027-01-03", "2027-01-04", False),
        ("2024-12-30", "2025-01-05", True),
    ],
)
def test_a_week_may_lie_in_two_years_and_begins_on_monday(one: str, other: str, same: bool) -> None:
    backups = [("a", when(one)), ("b", when(other))]
    assert kept(Policy(weekly=5), backups) == (["b"] if same else ["a", "b"])


def test_a_month_of_another_year_is_another_month() -> None:
    backups = [("a", when("2025-03-31")), ("b", when("2026-03-01")), ("c", when("2026-03-31"))]
    assert kept(Policy(monthly=5), backups) == ["a", "c"]


def test_a_policy_of_nothing_keeps_everything() -> None:
    assert discarded(Policy(), HOURLY) == []


def test_what_is_spared_is_kept_whatever_the_policy_says() -> None:
    assert kept(Policy(last=1), HOURLY, "b000", "b005") == ["b000", "b005", "b071"]


MOMENTS = st.lists(st.integers(START, START + 900 * DAY), max_size=60, unique=True)
SMALL = st.integers(0, 6)


@settings(max_examples=200, deadline=None, database=None)
@given(moments=MOMENTS, policy=st.builds(Policy, SMALL, SMALL, SMALL, SMALL))
def test_what_is_kept_serves_every_period_and_nothing_more(moments: list[int], policy: Policy) -> None:
    backups = [(str(moment), moment) for moment in moments]
    newest = sorted(backups, key=lambda taken: -taken[1])
    left = set(kept(policy, backups))
    if policy.everything:
        assert len(left) == len(backups)
        return
    assert {ident for ident, _ in newest[: policy.last]} <= left
    wanted = {ident for ident, _ in newest[: policy.last]}
    for name, period in PERIODS.items():
        groups: dict[object, str] = {}
        for ident, moment in newest:
            groups.setdefault(period(datetime.fromtimestamp(moment / 1000, UTC)), ident)
        wanted |= set(list(groups.values())[: getattr(policy, name)])
    assert left == wanted


@settings(max_examples=100, deadline=None, database=None)
@given(moments=MOMENTS, policy=st.builds(Policy, SMALL, SMALL, SMALL, SMALL), cut=st.integers(0, 60))
def test_to_thin_now_and_then_comes_to_the_same_as_to_thin_at_the_end(
    moments: list[int], policy: Policy, cut: int
) -> None:
    backups = [(str(moment), moment) for moment in sorted(moments)]
    early = set(kept(policy, backups[:cut]))
    then = [taken for taken in backups[:cut] if taken[0] in early] + backups[cut:]
    assert kept(policy, then) == kept(policy, backups)


def test_what_is_thinned_stays_so() -> None:
    policy = Policy(2, 3, 2, 2)
    left = [taken for taken in HOURLY if taken[0] not in discarded(policy, HOURLY)]
    assert discarded(policy, left) == []

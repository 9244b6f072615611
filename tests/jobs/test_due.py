"""When schedules are due, the two changes of the clocks included."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from netraven_chassis.clock import iso, parse_iso
from netraven_jobs.due import Undue, check, following, latest, spread

ZURICH = {"timezone": "Europe/Zurich"}
BEFORE_SPRING, BEFORE_AUTUMN = parse_iso("2026-03-28T12:00:00Z"), parse_iso("2026-10-24T12:00:00Z")
MINUTE = 60_000


def cron(expression: str, **zone: str) -> dict[str, Any]:
    return {"cron": expression, **zone}


def times(when: dict[str, Any], after: int, count: int) -> list[str]:
    """The next due moments, as day and time in UTC."""
    found = []
    for _ in range(count):
        after = following(when, after, "seed") or 0
        found.append(iso(after)[5:16])
    return found


def test_every_has_a_place_in_its_interval_that_its_seed_gives() -> None:
    hourly = {"every": 3600}
    first = following(hourly, BEFORE_SPRING, "a")
    assert first is not None and BEFORE_SPRING < first <= BEFORE_SPRING + 3_600_000
    assert following(hourly, first, "a") == first + 3_600_000
    assert following(hourly, first - 1, "a") == first
    assert len({following(hourly, BEFORE_SPRING, f"device-{n}") for n in range(50)}) == 50


def test_places_are_spread_evenly() -> None:
    tenths = Counter(spread(f"device-{n}", 1000) // 100 for n in range(5000))
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 1.2 * min(tenths.values())


def test_at_is_due_once() -> None:
    once = {"at": BEFORE_SPRING}
    assert following(once, BEFORE_SPRING - 1, "") == BEFORE_SPRING
    assert following(once, BEFORE_SPRING, "") is None
    assert latest(once, BEFORE_SPRING - 1, BEFORE_SPRING, "") == BEFORE_SPRING
    assert latest(once, 0, BEFORE_SPRING - 1, "") is None
    assert latest(once, BEFORE_SPRING, BEFORE_SPRING + 1, "") is None


def test_cron_is_meant_in_its_time_zone() -> None:
    assert times(cron("0 3 * * *"), BEFORE_SPRING, 1) == ["03-29T03:00"]
    assert times(cron("0 13 * * *", timezone="America/New_York"), BEFORE_SPRING, 1) == ["03-28T17:00"]
    assert times(cron("30 9 * * mon", timezone="Asia/Kolkata"), BEFORE_SPRING, 1) == ["03-30T04:00"]


def test_a_fixed_hour_that_is_left_out_in_spring_runs_when_the_clocks_have_moved() -> None:
    found = times(cron("30 2 * * *", **ZURICH), BEFORE_SPRING, 3)
    assert found == ["03-29T01:00", "03-30T00:30", "03-31T00:30"]


def test_a_fixed_hour_that_comes_twice_in_autumn_runs_the_first_time_only() -> None:
    found = times(cron("30 2 * * *", **ZURICH), BEFORE_AUTUMN, 3)
    assert found == ["10-25T00:30", "10-26T01:30", "10-27T01:30"]


@pytest.mark.parametrize("change", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"])
@pytest.mark.parametrize(("expression", "step"), [("0 * * * *", 60), ("*/20 * * * *", 20), ("* * * * *", 1)])
def test_what_runs_all_day_keeps_its_pace_through_both_changes(
    change: str, expression: str, step: int
) -> None:
    moment, when = parse_iso(change) - 4 * step * MINUTE, cron(expression, **ZURICH)
    for _ in range(12):
        after = following(when, moment, "")
        assert after == moment + step * MINUTE
        assert latest(when, moment, after, "") == after
        moment = after


@pytest.mark.parametrize("start", [BEFORE_SPRING, BEFORE_AUTUMN])
@pytest.mark.parametrize("expression", ["30 2 * * *", "0 * * * *", "*/30 1-3 * * *", "15,45 2,3 * * *"])
def test_looking_back_finds_what_looking_forward_found(start: int, expression: str) -> None:
    when, moment = cron(expression, **ZURICH), start
    for _ in range(12):
        due = following(when, moment, "")
        assert due is not None
        assert latest(when, moment, due, "") == due
        assert latest(when, moment, due - 1, "") is None
        assert latest(when, due - 1, due + 30_000, "") == due
        moment = due


def test_of_many_missed_moments_the_last_one_counts() -> None:
    week = BEFORE_SPRING + 7 * 86_400_000
    assert latest(cron("* * * * *"), BEFORE_SPRING, week + 5, "") == week
    found = latest({"every": 60}, BEFORE_SPRING, week, "a")
    assert found is not None and week - 60_000 < found <= week


def test_a_moment_that_never_comes_is_never_due() -> None:
    assert following(cron("0 0 30 2 *"), BEFORE_SPRING, "") is None
    assert latest(cron("0 0 30 2 *"), 0, BEFORE_SPRING, "") is None


@pytest.mark.parametrize(
    ("when", "field"),
    [
        ({"every": 59}, "every"),
        ({}, "every"),
        (cron("61 * * * *"), "cron"),
        (cron("nonsense"), "cron"),
        (cron("* * * * * *"), "cron"),
        (cron("0 3 * * *", timezone="Mars/Base"), "timezone"),
        (cron("0 3 * * *", timezone="../../etc/passwd"), "timezone"),
    ],
)
def test_what_means_nothing_is_refused_with_its_field(when: dict[str, Any], field: str) -> None:
    with pytest.raises(Undue) as refused:
        check(when)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("R 3 * * *", "r"),
        ("R(0-10) R * * *", "r"),
        ("0 3 * * r", "r"),
        ("H 3 * * *", "h"),
        ("@reboot", "reboot"),
    ],
)
def test_a_time_that_is_another_one_whenever_it_is_looked_at_is_refused(expression: str, word: str) -> None:
    with pytest.raises(Undue, match=f"means nothing: {word} is neither a month nor a day"):
        check(cron(expression))


@pytest.mark.parametrize("expression", ["0 3 L * *", "0 3 * JAN,feb mon-FRI", "@Daily", "0 3 * * L5"])
def test_months_days_and_the_last_of_them_are_known_in_any_case(expression: str) -> None:
    check(cron(expression))
    assert following(cron(expression), BEFORE_SPRING, "") is not None


@pytest.mark.parametrize(
    "when", [{"every": 60}, {"at": 1}, cron("@daily"), cron("0 3 * * mon-fri"), cron("*/5 * * * *", **ZURICH)]
)
def test_what_means_something_is_taken_and_comes(when: dict[str, Any]) -> None:
    check(when)
    assert following(when, 0, "seed") is not None


@pytest.mark.parametrize("expression", ["R R * * *", "r(10-50) 3 * mar-nov fri", "R/15 R(1-5) * * *"])
def test_an_r_that_an_earlier_version_took_is_one_time_of_its_schedule(expression: str) -> None:
    when = cron(expression, **ZURICH)
    looks = {tuple(times(when, BEFORE_SPRING, 5)) for _ in range(20)}
    assert len(looks) == 1
    due = following(when, BEFORE_SPRING, "seed")
    assert due is not None and {latest(when, BEFORE_SPRING, due, "seed") for _ in range(20)} == {due}
    assert len({following(when, BEFORE_SPRING, f"schedule-{number}") for number in range(20)}) > 5

"""When a credential must leave a device alone."""

from __future__ import annotations

import pytest

from netraven_jobs.lockout import Limits, device_rests_until, in_turn, rests_until

LIMITS = Limits(attempts=3, window_ms=1000)


def refused(*moments: int) -> list[tuple[int, str]]:
    return [(at, "authentication") for at in moments]


def test_fewer_refusals_than_the_limit_are_borne() -> None:
    assert rests_until(refused(9500, 9600), 10_000, LIMITS) is None
    assert rests_until([], 10_000, LIMITS) is None


def test_at_the_limit_it_rests_until_one_of_them_is_forgotten() -> None:
    assert rests_until(refused(9500, 9600, 9700), 10_000, LIMITS) == 10_500
    assert rests_until(refused(9500, 9600, 9700, 9800), 10_000, LIMITS) == 10_600


def test_what_is_older_than_the_window_is_forgotten() -> None:
    assert rests_until(refused(8000, 8500, 9000, 9900), 10_000, LIMITS) is None
    assert rests_until(refused(9500, 9600, 9700), 10_501, LIMITS) is None


def test_a_success_forgives_what_was_before_it() -> None:
    tried = [*refused(9300, 9400, 9500), (9550, "success"), *refused(9600, 9700)]
    assert rests_until(tried, 10_000, LIMITS) is None
    assert rests_until([*tried, *refused(9800)], 10_000, LIMITS) == 10_600


@pytest.mark.parametrize("outcome", ["timeout", "unreachable", "refused", "protocol"])
def test_what_failed_for_another_reason_does_not_count(outcome: str) -> None:
    assert rests_until([(9500 + n, outcome) for n in range(9)], 10_000, LIMITS) is None


def test_without_a_limit_nothing_rests() -> None:
    assert rests_until(refused(*range(9000, 9100)), 10_000, Limits(0, 1000)) is None


@pytest.mark.parametrize(
    ("moments", "until"),
    [
        ((), None),
        ((9500, 9600), None),
        ((9500, 9600, 9700), 10_500),
        ((9500, 9600, 9700, 9800), 10_600),
        ((8000, 8900, 9000, 9999), None),
    ],
)
def test_a_device_bears_so_many_refusals_of_all_credentials(
    moments: tuple[int, ...], until: int | None
) -> None:
    assert device_rests_until(moments, 10_000, LIMITS) == until
    assert device_rests_until(moments, 10_000, Limits(0, 1000)) is None


@pytest.mark.parametrize(
    ("candidates", "refused_at", "order"),
    [
        ("abc", {}, "abc"),  # all of them may be refused
        ("abc", {"a": 1, "b": 2}, "abc"),  # long ago
        ("abc", {"a": 9500}, "bca"),  # of late: there is no room for three more
        ("ab", {"a": 9500}, "ab"),
        ("abcd", {}, "abcd"),
        ("abcd", {"a": 9500, "b": 9600}, "cdab"),
        ("abcd", {"a": 1, "b": 2}, "cdab"),  # however long ago
        ("abcd", {"a": 4, "b": 3, "c": 2, "d": 1}, "dcba"),
        ("abcd", {"a": 1, "b": 1, "c": 1, "d": 1}, "abcd"),
    ],
)
def test_of_more_than_may_be_refused_the_one_whose_turn_was_the_longest_ago_comes_first(
    candidates: str, refused_at: dict[str, int], order: str
) -> None:
    rows = [{"id": ident} for ident in candidates]
    assert "".join(row["id"] for row in in_turn(rows, refused_at, LIMITS, 10_000)) == order
    assert in_turn(rows, refused_at, Limits(0, 1000), 10_000) == rows


@pytest.mark.parametrize("pause", [1001, 40_000, 10**8])
@pytest.mark.parametrize("count", [4, 5, 7, 20])
def test_each_of_many_has_its_turn_within_the_windows_that_it_takes_to_try_all(
    count: int, pause: int
) -> None:
    rows = [{"id": str(number)} for number in range(count)]
    refused_at: dict[str, int] = {}
    for window in range(-(-count // LIMITS.attempts)):
        now = 10_000 + window * pause
        for row in in_turn(rows, refused_at, LIMITS, now)[: LIMITS.attempts]:
            refused_at[row["id"]] = now
    assert len(refused_at) == count

"""When the next log-in may be tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from netraven_auth.throttle import WINDOW_MS, counted_address, counted_name, wait_seconds

NOW = 1_000_000
WAITS = {
    "nothing failed": ([], 0),
    "four failed": ([NOW - 4, NOW - 3, NOW - 2, NOW - 1], 0),
    "five failed just now": ([NOW - 5, NOW - 4, NOW - 3, NOW - 2, NOW - 1], 60),
    "five, the first half a minute ago": ([NOW - 30_000, NOW, NOW, NOW, NOW], 30),
    "five, the first a minute ago": ([NOW - WINDOW_MS, NOW, NOW, NOW, NOW], 0),
    "five, the first almost a minute ago": ([NOW - WINDOW_MS + 1, NOW, NOW, NOW, NOW], 1),
    "six, of which five count": ([NOW - WINDOW_MS, NOW - 20_000, NOW, NOW, NOW, NOW], 40),
    "in any order": ([NOW, NOW - 30_000, NOW, NOW, NOW], 30),
}


@pytest.mark.parametrize(("failures", "seconds"), WAITS.values(), ids=WAITS)
def test_the_wait_after_failures(failures: list[int], seconds: int) -> None:
    assert wait_seconds(failures, NOW) == seconds


@given(some.lists(some.integers(NOW - 2 * WINDOW_MS, NOW), max_size=12))
def test_who_waits_as_told_may_try_again(failures: list[int]) -> None:
    seconds = wait_seconds(failures, NOW)
    assert 0 <= seconds <= 60
    assert (seconds > 0) == (sum(at > NOW - WINDOW_MS for at in failures) >= 5)
    assert wait_seconds(failures, NOW + seconds * 1000) <= max(0, len(failures) - 5) * 60
    if len(failures) <= 5:
        assert wait_seconds(failures, NOW + seconds * 1000) == 0


ADDRESSES = [
    ("192.0.2.1", "192.0.2.1", True),
    ("192.0.2.1", "192.0.2.2", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
    ("2001:db8::1", "2001:db8::ffff:2", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("unix", "unix", True),
]


@pytest.mark.parametrize(("one", "other", "same"), ADDRESSES)
def test_which_addresses_count_as_one(one: str, other: str, same: bool) -> None:
    assert (counted_address(one) == counted_address(other)) is same


def test_a_name_counts_whatever_its_case_and_is_not_kept_in_clear() -> None:
    assert counted_name("Marie") == counted_name("mARIE") != counted_name("Marta")
    assert "arie" not in counted_name("Marie")
    assert counted_name("half \ud83d")

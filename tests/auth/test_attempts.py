"""Counting failed log-ins in a real database, from several instances at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import eventlet
import pytest

from netraven_auth import attempts as room
from netraven_auth.attempts import Attempts
from netraven_auth.throttle import WrongPassword
from netraven_contracts.errors import RateLimited, Unavailable
from tests.patience import until


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1_800_000_000_000

    def now(self) -> int:
        return self.time


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def attempts(database: Any, hand: Hand) -> Attempts:
    made = Attempts(database, hand.now)
    made.prepare()
    return made


def fail(attempts: Attempts, name: str = "n", *keys: str, slowly: float = 0) -> str:
    try:
        with attempts.one(name, keys):
            eventlet.sleep(slowly)
            raise WrongPassword("wrong")
    except WrongPassword:
        return "wrong"
    except RateLimited as error:
        assert error.details["retry_after"] >= 1
        return "wait"
    except Unavailable:
        return "busy"  # on a slow machine others were decided too late to tell


def succeed(attempts: Attempts, name: str = "n", *keys: str, slowly: float = 0) -> str:
    try:
        with attempts.one(name, keys):
            eventlet.sleep(slowly)
            return "in"
    except RateLimited:
        return "wait"


def test_the_sixth_try_after_five_failures_must_wait_even_with_the_right_password(attempts: Attempts) -> None:
    assert [fail(attempts) for _ in range(6)] == ["wrong"] * 5 + ["wait"]
    assert succeed(attempts) == "wait"
    assert succeed(attempts, "somebody else") == "in"


def test_after_a_minute_one_may_try_again(attempts: Attempts, hand: Hand) -> None:
    for _ in range(5):
        fail(attempts)
        hand.time += 10_000
    assert fail(attempts) == "wait"
    hand.time += 10_000  # the first failure is a minute old now
    assert fail(attempts) == "wrong"
    assert fail(attempts) == "wait"


def test_the_wait_is_told_in_seconds(attempts: Attempts, hand: Hand) -> None:
    for _ in range(5):
        fail(attempts)
    hand.time += 18_500
    with pytest.raises(RateLimited) as error, attempts.one("n", []):
        pass
    assert error.value.details == {"retry_after": 42}


def test_success_clears_the_name_but_not_the_address(attempts: Attempts) -> None:
    for _ in range(4):
        fail(attempts, "n", "address")
    assert succeed(attempts, "n", "address") == "in"
    assert [fail(attempts, "n") for _ in range(5)] == ["wrong"] * 5
    assert fail(attempts, "other", "address") == "wrong"
    assert fail(attempts, "another", "address") == "wait"


def test_one_address_cannot_try_many_names(attempts: Attempts) -> None:
    ends = [fail(attempts, f"name {number}", "address") for number in range(7)]
    assert ends == ["wrong"] * 5 + ["wait"] * 2
    assert fail(attempts, "name 6") == "wrong", "a try that was refused is not held against the name"


def test_a_hundred_tries_at_once_are_five_guesses(database: Any, hand: Hand) -> None:
    instances = [Attempts(database, hand.now), Attempts(database, hand.now)]
    pool = eventlet.GreenPool(100)
    ends = Counter(pool.imap(lambda n: fail(instances[n % 2], slowly=0.02), range(100)))
    assert ends["wrong"] == 5 and ends["wait"] + ends["busy"] == 95
    assert fail(instances[0]) == "wait"


def test_many_right_ones_at_once_wait_for_each_other_and_all_get_in(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PATIENCE_SECONDS", 120.0)
    pool = eventlet.GreenPool(40)
    assert set(pool.imap(lambda _: succeed(attempts, "n", "address", slowly=0.02), range(40))) == {"in"}


def test_what_is_no_wrong_password_is_not_counted(attempts: Attempts) -> None:
    for _ in range(8):
        with pytest.raises(Unavailable), attempts.one("n", []):
            raise Unavailable("busy")
    assert fail(attempts) == "wrong"


def test_a_try_that_died_half_way_is_given_up(database: Any, attempts: Attempts, hand: Hand) -> None:
    tries = [eventlet.spawn(succeed, attempts, "n", slowly=600) for _ in range(5)]
    until(lambda: database["attempts"].find_one({"_id": "n", "undecided": {"$size": 5}}))
    for one in tries:
        one.kill()  # as their process would be: none of them gives its place back
    hand.time += 11_000
    assert succeed(attempts) == "in"


def test_counts_go_by_themselves(database: Any, attempts: Attempts) -> None:
    fail(attempts)
    assert database["attempts"].index_information()["expires_1"]["expireAfterSeconds"] == 0
    assert database["attempts"].find_one()["expires"] is not None

"""argon2id for real: right and wrong, off the hub, few at a time, and as slow for nobody as for somebody."""

from __future__ import annotations

import time

import eventlet
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from netraven_auth import passwords
from netraven_auth.passwords import Passwords, Verdict
from netraven_contracts.errors import Unavailable

WORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def hashing() -> Passwords:
    made = Passwords()
    made.prepare()
    return made


@pytest.fixture(scope="module")
def kept(hashing: Passwords) -> str:
    return hashing.hash(WORD)


def test_the_right_password_and_no_other_is_right(hashing: Passwords, kept: str) -> None:
    assert hashing.check(kept, WORD) == Verdict(True)
    for wrong in ("", WORD + " ", WORD.upper(), kept, "\ud83d", "x" * 1024):
        assert hashing.check(kept, wrong) == Verdict(False)


def test_a_password_is_the_same_however_its_letters_were_composed(hashing: Passwords) -> None:
    assert hashing.check(hashing.hash("caf\u00e9 au lait, s'il vous"), "cafe\u0301 au lait, s'il vous").right


def test_the_parameters_are_those_that_were_chosen(kept: str) -> None:
    used = extract_parameters(kept)
    assert (used.type, used.memory_cost, used.time_cost, used.parallelism) == (Type.ID, 19_456, 2, 1)
    assert (used.salt_len, used.hash_len) == (16, 32)


def test_the_same_password_has_another_hash_each_time(hashing: Passwords, kept: str) -> None:
    assert hashing.hash(WORD) != kept


def test_a_hash_with_other_parameters_is_made_anew_when_the_password_is_right(hashing: Passwords) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(WORD)
    verdict = hashing.check(old, WORD)
    assert verdict.right
    assert verdict.better is not None
    assert hashing.check(verdict.better, WORD) == Verdict(True)
    assert hashing.check(old, "wrong") == Verdict(False)


@pytest.mark.parametrize("broken", ["", "plain text", "$argon2id$v=19$m=8,t=1,p=1$"])
def test_a_hash_that_is_none_fits_no_password(hashing: Passwords, broken: str) -> None:
    assert hashing.check(broken, WORD) == Verdict(False)


def test_nobody_takes_as_long_as_somebody(hashing: Passwords, kept: str) -> None:
    def took(hashed: str | None) -> float:
        began = time.perf_counter()
        assert not hashing.check(hashed, "wrong").right
        return time.perf_counter() - began

    # In turn, so that whatever else this machine does slows both alike.
    pairs = [(took(kept), took(None)) for _ in range(8)]
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


def test_no_password_fits_the_hash_of_nobody(hashing: Passwords) -> None:
    assert hashing.check(None, "") == Verdict(False)


def test_the_hub_goes_on_while_a_hash_is_made() -> None:
    slow = Passwords(PasswordHasher(time_cost=8, memory_cost=19_456, parallelism=1))
    turns, ends = 0, []
    worker = eventlet.spawn(lambda: ends.append(slow.hash(WORD)))
    while not ends:
        eventlet.sleep(0.001)
        turns += 1
    worker.wait()
    assert turns > 3  # a hub that made the hash itself would have come round once


def test_few_are_hashed_at_once_and_the_rest_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.15)
    hashing = Passwords(PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1))

    def outcome(_: int) -> str:
        try:
            return hashing.hash(WORD)[:9]
        except Unavailable as error:
            assert error.details == {"retry_after": 1}
            return "too many"

    ends = list(eventlet.GreenPool().imap(outcome, range(12)))
    assert ends.count("$argon2id") >= 2
    assert ends.count("too many") >= 4
    assert hashing.hash(WORD), "a slot was lost"

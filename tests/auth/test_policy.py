"""Which passwords may be set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from netraven_auth.commonest import commonest
from netraven_auth.policy import LONGEST, check, normal, objections
from netraven_contracts.errors import ValidationFailed

COMMON = frozenset({"qwerty123456", "unbelievable"})

GOOD = [
    "correct horse battery",
    "x" * 11 + "y",
    "пароль-для-сети",
    " leading blank",
    "y" * LONGEST,
    "日本語の長い合言葉です。",
]
BAD = {
    "eleven": ("abcdefghijk", "at least 12"),
    "empty": ("", "at least 12"),
    "one too many": ("y" * (LONGEST + 1), "at most 256"),
    "the user's name": ("Administrator-1", "user name"),
    "the user's name, wide": ("\uff21dministrator-1", "user name"),
    "common": ("qwerty123456", "commonest"),
    "common in capitals": ("UNBELIEVABLE", "commonest"),
    "with a line break": ("two\nlines of text", "control"),
    "with half a character": ("half \ud83d a character", "control"),
}


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_that_nobody_tries_is_good(password: str) -> None:
    check("administrator-1", password, COMMON)
    assert list(objections("administrator-1", password, COMMON)) == []


@pytest.mark.parametrize(("password", "reason"), BAD.values(), ids=BAD)
def test_a_bad_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(ValidationFailed) as error:
        check("administrator-1", password, COMMON, "new_password")
    assert reason in " ".join(error.value.details["new_password"])


@given(some.text(some.characters(codec="utf-8"), min_size=5))
def test_no_refusal_repeats_the_password(password: str) -> None:
    said = " ".join(objections("marie", password, COMMON))
    assert (
        password not in said or password in "must have at least 12 characters; a few words in a row will do"
    )


@given(some.text())
def test_a_password_has_one_form_however_it_was_composed(password: str) -> None:
    assert normal(normal(password)) == normal(password)


def test_the_commonest_passwords_that_are_long_enough_are_known() -> None:
    known = commonest()
    assert {"qwerty123456", "1q2w3e4r5t6y", "justinbieber", "unbelievable"} <= known
    assert all(len(word) >= 12 for word in known)
    assert len(known) > 1000

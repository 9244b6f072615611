"""Whose turn it is to speak."""

from __future__ import annotations

import pytest

from netraven_jobs.turns import DEAF_SECONDS, RESTLESS_SECONDS, SILENT_SECONDS, Turns


@pytest.mark.parametrize(
    "said",
    [
        "sw1#", "sw1>", "\n[admin@r1] > ", "<HUAWEI>", "[SW]", "user@host:~$ ", "Password:", "Username: ",
        "Overwrite? ", "[Y/N]:", "Delete (y/n)", "Press any key to continue", "(Press 'a' to accept):",
        "sw1# \x1b[24;1H\x1b[K",
    ],
)  # fmt: skip
def test_a_prompt_and_a_question_end_an_answer_at_once(said: str) -> None:
    turns = Turns(0.0)
    turns.said("Welcome\n" + said, 0.1)
    assert turns.ours(0.1)


def test_a_device_is_not_interrupted_while_it_thinks() -> None:
    turns = Turns(0.0)
    turns.said("sw1#", 0.0)
    turns.asked("show version\n", 1.0)
    turns.said("show version\n", 1.1)
    assert not turns.ours(1.1 + DEAF_SECONDS - 0.1)
    assert turns.ours(1.1 + DEAF_SECONDS)


def test_a_line_that_stands_there_for_a_while_is_an_answer() -> None:
    turns = Turns(0.0)
    turns.asked("show clock\n", 0.0)
    turns.said("12:00:01 UTC", 0.5)
    assert not turns.ours(0.5 + SILENT_SECONDS - 0.1)
    assert turns.ours(0.5 + SILENT_SECONDS)


def test_a_prompt_from_before_is_no_answer_to_a_new_line() -> None:
    turns = Turns(0.0)
    turns.said("sw1#", 0.0)
    turns.asked("enable\n", 0.1)
    assert not turns.ours(0.2)
    turns.said("enable\nPassword:", 0.3)
    assert turns.ours(0.3)


def test_a_device_that_never_falls_silent_is_told_the_next_line_all_the_same() -> None:
    turns = Turns(0.0)
    turns.asked("terminal length 0\n", 0.0)
    for number in range(40):
        turns.said("sw1#\n%LINK-3-UPDOWN: Interface Gi0/1, changed state to up\n", number * 0.25)
        assert not turns.ours(number * 0.25)
    assert turns.ours(RESTLESS_SECONDS)


def test_only_a_whole_line_is_to_be_answered() -> None:
    turns = Turns(0.0)
    turns.said("--More--", 0.0)
    assert turns.ours(SILENT_SECONDS)
    turns.asked(" ", SILENT_SECONDS)
    assert turns.ours(SILENT_SECONDS)


def test_a_device_that_never_greets_is_spoken_to_all_the_same() -> None:
    turns = Turns(0.0)
    assert not turns.ours(DEAF_SECONDS - 0.1)
    assert turns.ours(DEAF_SECONDS)


@pytest.mark.parametrize(
    "said",
    ["new password> ", "Enter new password: ", "Old Password:", "Retype new password: ", "Current password:"],
)
def test_a_question_for_a_new_password_is_known(said: str) -> None:
    turns = Turns(0.0)
    turns.said(f"You must change it.\n{said}", 0.1)
    assert turns.wants_new_password


@pytest.mark.parametrize("said", ["Password:", "sw1#", "new-password-srv#", "admin's password: "])
def test_any_other_question_is_not(said: str) -> None:
    turns = Turns(0.0)
    turns.said(f"service old password\n{said}", 0.1)
    assert not turns.wants_new_password

"""Who is there, and who is missed."""

from __future__ import annotations

import time

from netraven_jobs.roll import Roll
from tests.jobs.office import Office


def test_who_signs_is_there_until_it_falls_silent(office: Office) -> None:
    roll = Roll(office.database)
    roll.sign("w1")
    roll.sign("w1")
    assert (roll.late(), roll.miss("w1")) == ([], False)
    Roll(office.database, kept_ms=0).sign("w1")  # its last sign
    time.sleep(0.01)
    assert (roll.late(), roll.miss("w1"), roll.miss("w1"), roll.late()) == (["w1"], True, False, [])


def test_who_signs_at_the_last_moment_is_not_missed(office: Office) -> None:
    roll = Roll(office.database)
    Roll(office.database, kept_ms=0).sign("w3")
    time.sleep(0.01)
    assert roll.late() == ["w3"]
    roll.sign("w3")
    assert not roll.miss("w3")


def test_who_signed_off_is_not_missed(office: Office) -> None:
    roll = Roll(office.database, kept_ms=0)
    roll.sign("w2")
    roll.strike("w2")
    roll.strike("w2")
    time.sleep(0.01)
    assert roll.late() == []

"""Log-ins as telemetry in a real database."""

from __future__ import annotations

import time
from typing import Any

import eventlet
import pytest

from netraven_auth.logins import OK, WRONG, Logins


@pytest.fixture
def logins(database: Any) -> Logins:
    made = Logins(database)
    made.prepare()
    return made


def test_log_ins_are_kept_for_the_user_newest_first(logins: Logins) -> None:
    logins.note(WRONG, "u1", "192.0.2.1", "r1")
    time.sleep(0.002)
    logins.note(OK, "u1", "192.0.2.1", "r2")
    logins.note(OK, "u2", None, None)
    found = logins.of("u1", 10)
    assert [(row["outcome"], row["request_id"], row["address"]) for row in found] == [
        (OK, "r2", "192.0.2.1"),
        (WRONG, "r1", "192.0.2.1"),
    ]
    assert abs(found[0]["at"] - time.time() * 1000) < 60_000
    assert logins.of("u1", 1) == found[:1]


def test_the_same_again_is_counted_and_takes_no_more_space(database: Any, logins: Logins) -> None:
    list(eventlet.GreenPool().imap(lambda n: logins.note(OK, "u1", "192.0.2.1", f"r{n}"), range(50)))
    rows = logins.of("u1", 10)
    assert 1 <= len(rows) <= 2  # an hour may have ended meanwhile
    assert sum(row["count"] for row in rows) == 50
    assert database["logins"].count_documents({}) == len(rows)


def test_only_success_is_a_last_log_in(logins: Logins) -> None:
    logins.note(WRONG, "u1", None, None)
    assert logins.last(["u1"]) == {}
    logins.note(OK, "u1", None, None)
    assert set(logins.last(["u1", "u2"])) == {"u1"}


def test_they_go_after_ninety_days(database: Any, logins: Logins) -> None:
    assert database["logins"].index_information()["at_1"]["expireAfterSeconds"] == 90 * 86_400

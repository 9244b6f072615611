"""Log-ins as telemetry in a real database."""

from __future__ import annotations

import time
from typing import Any

from netraven_auth.logins import OK, Logins


def test_log_ins_are_kept_for_the_user_newest_first(database: Any) -> None:
    logins = Logins(database)
    logins.prepare()
    logins.note("unauthorized", "u1", "192.0.2.1", "r1")
    time.sleep(0.002)
    logins.note(OK, "u1", "192.0.2.1", "r2")
    logins.note(OK, "u2", None, None)
    found = logins.of("u1", 10)
    assert [(row["outcome"], row["request_id"]) for row in found] == [(OK, "r2"), ("unauthorized", "r1")]
    assert abs(found[0]["at"] - time.time() * 1000) < 5000
    assert logins.of("u1", 1) == found[:1]


def test_only_success_is_a_last_log_in(database: Any) -> None:
    logins = Logins(database)
    logins.note("unauthorized", "u1", None, None)
    assert logins.last(["u1"]) == {}
    logins.note(OK, "u1", None, None)
    assert set(logins.last(["u1", "u2"])) == {"u1"}


def test_they_go_after_ninety_days(database: Any) -> None:
    Logins(database).prepare()
    assert database["logins"].index_information()["at_1"]["expireAfterSeconds"] == 90 * 86_400

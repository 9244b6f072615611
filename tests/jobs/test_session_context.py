"""What a job type is given: credentials in order and sealed, the log, an end that can be told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from netraven_chassis import sealing
from netraven_chassis.clock import now_ms
from netraven_contracts.errors import NotFound
from netraven_jobs.crash import Crash
from netraven_jobs.guard import Guard
from netraven_jobs.job_type import Resting
from netraven_jobs.lockout import Limits
from netraven_jobs.session_context import CANCELLED, LOST, SessionContext, Surroundings
from netraven_jobs.task import TASK, CredentialAttempted
from tests.jobs.office import Office, device, report

KEY = sealing.make()


class Vault:
    """The devices service as far as a worker asks it, with these credentials; it is its own client."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.devices = self.monitor = self

    def sealed_credentials_for(self, device_id: str) -> list[dict[str, Any]]:
        if not self.rows:
            raise NotFound(device_id)
        return list(self.rows)


class Sessions:
    """Remembers what it was told to close."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    def cancel(self, session_id: str) -> None:
        self.closed.append(session_id)


def credential(ident: str, method: str = "ssh", **secret: str) -> dict[str, Any]:
    sealed = KEY.public.seal(orjson.dumps(secret or {"password": "pw-" + ident}))
    row = {"id": ident, "name": f"the {ident}", "username": "admin", "method": method, "secret_version": 3}
    return {**row, "sealed": sealed}


@pytest.fixture
def guard(office: Office) -> Guard:
    for remembered in ("logins", "accepted"):
        office.database[remembered].delete_many({})
    return Guard(office.database, Limits(2, 900_000))


def context(
    office: Office, guard: Guard, *credentials: dict[str, Any], sessions: Any = None, **claim: Any
) -> SessionContext:
    job_id = office.begun([device(1)])
    task = office.claims(**claim).take(office.rows(job_id)[0]["_id"])
    assert isinstance(task, dict)
    vault = Vault(*credentials)
    around = Surroundings(KEY, guard, office.lines, vault, sessions, office.database)
    return SessionContext(task, around, seconds=7.0)


def test_credentials_come_in_their_order_and_open_when_they_are_needed(office: Office, guard: Guard) -> None:
    given = context(office, guard, credential("c1"), credential("c2", enable="en", password="pw"))
    first, second = list(given.credentials())
    assert (first.id, first.name, first.username, first.secret_version) == ("c1", "the c1", "admin", 3)
    assert first.open() == {"password": "pw-c1"}
    assert second.open() == {"enable": "en", "password": "pw"}
    assert "pw" not in repr(first) and first.sealed not in repr(first)  # type: ignore[attr-defined]


def test_only_those_for_sessions_are_tried(office: Office, guard: Guard) -> None:
    given = context(office, guard, credential("c1", "snmp"), credential("c2"))
    assert [one.id for one in given.credentials()] == ["c2"]


def test_one_that_was_refused_too_often_leaves_the_device_alone(office: Office, guard: Guard) -> None:
    given = context(office, guard, credential("c1"), credential("c2"))
    first, second = list(given.credentials())
    given.attempted(second, "success")
    for _ in range(2):
        given.attempted(first, "authentication")
    assert [one.id for one in given.credentials()] == ["c2"]
    assert any("the c1 rests until" in message for message in office.told(given.job_id))
    assert [one["outcome"] for one in given.attempts] == ["success", *["authentication"] * 2]
    until = guard.rests_until(given.device["id"], "c1", now_ms())
    assert until is not None and given.resting == [Resting("c1", "the c1", until)]


def test_a_device_refuses_no_more_log_ins_than_the_limit_whoever_tries(
    office: Office, guard: Guard, settings_for: Callable[..., Any]
) -> None:
    settings_for(NETRAVEN_LOCKOUT_ATTEMPTS="2")
    wrong = [credential(f"c{number}") for number in range(1, 6)]
    given, tried = context(office, guard, *wrong), []
    for one in given.credentials():
        given.attempted(one, "authentication")
        tried.append(one.id)
    assert (tried, len(given.resting)) == (["c1", "c2"], 3)
    assert passed(office, given, 901_000) == ["c3", "c4", "c5", "c1", "c2"]


def passed(office: Office, given: SessionContext, milliseconds: int) -> list[str]:
    """The order of the credentials when so much time has passed; log-ins are not remembered for ever."""
    office.database["logins"].update_many({}, {"$inc": {"at": -milliseconds}})
    office.database["logins"].delete_many({"at": {"$lt": now_ms() - 90_000_000}})
    office.database["accepted"].update_many(
        {"refused_at": {"$gt": 0}}, {"$inc": {"refused_at": -milliseconds}}
    )
    return [one.id for one in given.credentials()]


def test_a_job_of_each_day_tries_every_credential_some_day(
    office: Office, guard: Guard, settings_for: Callable[..., Any]
) -> None:
    settings_for(NETRAVEN_LOCKOUT_ATTEMPTS="2")
    given = context(office, guard, *(credential(f"c{number}") for number in range(1, 6)))
    days: list[list[str]] = []
    for _ in range(3):
        days.append([])
        for one in given.credentials():
            given.attempted(one, "authentication")
            days[-1].append(one.id)
        passed(office, given, 86_400_000)
    assert days == [["c1", "c2"], ["c3", "c4"], ["c5", "c1"]]


def test_another_secret_gives_a_credential_its_turn_again(
    office: Office, guard: Guard, settings_for: Callable[..., Any]
) -> None:
    settings_for(NETRAVEN_LOCKOUT_ATTEMPTS="2")
    rows = [credential(f"c{number}") for number in range(1, 4)]
    given = context(office, guard, *rows)
    for one in given.credentials():
        given.attempted(one, "authentication")
    assert passed(office, given, 901_000) == ["c3", "c1", "c2"]
    rows[1]["secret_version"] = 4
    assert passed(office, given, 0) == ["c2", "c3", "c1"]


def test_what_a_device_accepted_is_tried_while_others_rest_until_it_is_refused(
    office: Office, guard: Guard, settings_for: Callable[..., Any]
) -> None:
    settings_for(NETRAVEN_LOCKOUT_ATTEMPTS="2")
    given = context(office, guard, *(credential(f"c{number}") for number in range(1, 5)))
    first, second, third, fourth = list(given.credentials())
    given.attempted(third, "success")
    for one in (first, second):
        given.attempted(one, "authentication")
    assert [one.id for one in given.credentials()] == ["c3"]
    given.attempted(third, "authentication")
    assert list(given.credentials()) == []
    assert fourth.id == "c4"


def test_what_was_refused_before_a_crash_is_told_with_the_next_attempt_that_ends(
    office: Office, guard: Guard
) -> None:
    given = context(office, guard, credential("c1"), credential("c2"))
    first, second = list(given.credentials())
    given.attempted(first, "authentication")
    office.claims(given.task["worker"]).begin_anew(given.task, Crash(20, 0))
    again = office.claims().take(given.task_id)
    assert isinstance(again, dict)
    next_one = SessionContext(again, given._around, seconds=7.0)
    next_one.attempted(second, "success")
    office.claims(again["worker"]).report([(again, report(attempts=next_one.attempts))])
    office.settler.settle([given.task_id])
    assert told(office, given.task_id) == [("c1", "authentication"), ("c2", "success")]
    assert "tried" not in office.rows(given.job_id)[0]


def test_what_was_refused_is_told_though_two_workers_fell_silent(office: Office, guard: Guard) -> None:
    given = context(office, guard, credential("c1"), lease_ms=1)
    given.attempted(next(given.credentials()), "authentication")
    gone = Crash(1, 1)
    office.claims(given.task["worker"]).begin_anew({**given.task, "crashes": 1}, gone)
    office.feeder.feed(given.job_id)
    assert isinstance(office.claims("w2", lease_ms=1).take(given.task_id), dict)
    time.sleep(0.01)
    office.recovery.expired()
    assert told(office, given.task_id) == [("c1", "authentication")]


def told(office: Office, task_id: str) -> list[tuple[str, str]]:
    """The log-ins that the task's events tell of."""
    commits = office.bind("look").load(TASK, task_id).commits
    events = [TASK.decode(event) for commit in commits for event in commit.events]
    return [(one.credential_id, one.outcome) for one in events if isinstance(one, CredentialAttempted)]


def test_for_a_device_that_is_gone_there_are_none(office: Office, guard: Guard) -> None:
    assert list(context(office, guard).credentials()) == []


def test_it_says_which_device_it_speaks_of(office: Office, guard: Guard) -> None:
    given = context(office, guard)
    given.log("info", "hello", log_type="session", lines=3)
    office.lines.flush()
    row = office.database["logs"].find_one({"job_id": given.job_id, "log_type": "session"})
    assert row is not None
    assert (row["message"], row["device_id"], row["meta"]) == (
        "sw-0001: hello",
        given.device["id"],
        {"lines": 3},
    )


def test_told_to_stop_it_closes_every_session_and_the_first_reason_stands(
    office: Office, guard: Guard
) -> None:
    sessions = Sessions()
    given = context(office, guard, sessions=sessions)
    given.session("another")
    assert not given.cancelled()
    given.stop(CANCELLED)
    given.stop(LOST)
    assert (given.cancelled(), given.stopped) == (True, CANCELLED)
    assert set(sessions.closed) == {given.session_id, "another"}
    assert given.session_id == f"{given.task_id}.1"


def test_its_time_is_limited(office: Office, guard: Guard) -> None:
    before = time.monotonic()
    given = context(office, guard)
    assert before + 7.0 <= given.deadline <= time.monotonic() + 7.0

"""What is decided about a schedule."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from netraven_chassis.aggregate import made, plain
from netraven_contracts.errors import Conflict, NotFound
from netraven_jobs.schedule import (
    ACTIVE,
    DELETED,
    PAUSED,
    ChangeSchedule,
    CreateSchedule,
    DeleteSchedule,
    PassMomentBy,
    PauseSchedule,
    ResumeSchedule,
    RunSchedule,
    Schedule,
    ScheduleFellDue,
    ScheduleRan,
    TakeMoment,
    decide,
    evolve,
    seed,
)

HOURLY = {"every": 3600}
CREATE = CreateSchedule("backup", {"all": True}, {}, "hourly", HOURLY, at=1000)


def after(*commands: Any) -> Schedule:
    """The schedule once these commands are carried out."""
    state = Schedule()
    for command in commands:
        for event in decide(state, command):
            state = evolve(state, event)
    return state


def test_a_schedule_is_active_from_the_start() -> None:
    made = after(CREATE)
    assert (made.life, made.when, made.since, made.runs) == (ACTIVE, HOURLY, 1000, 0)
    with pytest.raises(Conflict):
        decide(made, CREATE)


def test_a_due_moment_starts_one_job_and_no_second() -> None:
    taken = after(CREATE, TakeMoment(5000, "j1"))
    assert (taken.due, taken.job_id, taken.runs, taken.since) == (None, None, 0, 5000)
    ran = after(CREATE, TakeMoment(5000, "j1"), RunSchedule(5000, "j1"))
    assert (ran.due, ran.job_id, ran.runs, ran.since) == (5000, "j1", 1, 5000)
    for late in (5000, 4000, 1000):
        with pytest.raises(Conflict):
            decide(ran, TakeMoment(late, "j2"))
    assert decide(ran, TakeMoment(6000, "j2")) == [ScheduleFellDue(6000, "j2")]


def test_a_moment_that_is_passed_by_counts_no_more_and_starts_nothing() -> None:
    passed = after(CREATE, PassMomentBy(5000, "j0"))
    assert (passed.skipped, passed.since, passed.due, passed.runs, passed.pending) == (
        5000,
        5000,
        None,
        0,
        None,
    )
    for late in (TakeMoment(5000, "j1"), PassMomentBy(5000, "j0")):
        with pytest.raises(Conflict):
            decide(passed, late)
    assert decide(passed, TakeMoment(6000, "j1")) == [ScheduleFellDue(6000, "j1")]
    with pytest.raises(Conflict, match="paused"):
        decide(after(CREATE, PauseSchedule()), PassMomentBy(5000, "j0"))


def test_a_job_is_told_once_it_is_there_and_before_the_next_is_taken_up() -> None:
    taken = after(CREATE, TakeMoment(5000, "j1"))
    with pytest.raises(Conflict):
        decide(taken, TakeMoment(6000, "j2"))
    for other in (RunSchedule(5000, "j2"), RunSchedule(6000, "j1")):
        with pytest.raises(Conflict):
            decide(taken, other)
    assert decide(taken, RunSchedule(5000, "j1")) == [ScheduleRan(5000, "j1")]
    paused = after(CREATE, TakeMoment(5000, "j1"), PauseSchedule())
    assert decide(paused, RunSchedule(5000, "j1")) == [ScheduleRan(5000, "j1")]
    with pytest.raises(Conflict):
        decide(after(CREATE, TakeMoment(5000, "j1"), RunSchedule(5000, "j1")), RunSchedule(5000, "j1"))


def test_a_paused_schedule_starts_nothing_and_does_not_make_up_for_it() -> None:
    paused = after(CREATE, PauseSchedule())
    assert paused.life == PAUSED
    assert decide(paused, PauseSchedule()) == []
    with pytest.raises(Conflict, match="paused"):
        decide(paused, TakeMoment(5000, "j1"))
    resumed = after(CREATE, PauseSchedule(), ResumeSchedule(at=9000))
    assert (resumed.life, resumed.since) == (ACTIVE, 9000)
    assert decide(resumed, ResumeSchedule(at=9999)) == []


def test_another_time_counts_from_the_change_on_and_another_name_changes_no_time() -> None:
    other = after(CREATE, ChangeSchedule({"when": {"every": 60}}, at=7000))
    assert (other.when, other.since) == ({"every": 60}, 7000)
    renamed = after(CREATE, ChangeSchedule({"name": "x"}, at=7000))
    assert (renamed.name, renamed.since) == ("x", 1000)
    assert decide(renamed, ChangeSchedule({"name": "x"}, at=8000)) == []


def test_another_target_counts_from_the_change_on_where_it_moves_the_place_in_the_interval() -> None:
    others = {"devices": ["d1"]}
    moved = after(CREATE, ChangeSchedule({"target": others}, at=7000))
    assert (moved.target, moved.since) == (others, 7000)
    at_an_hour = CreateSchedule("backup", {"all": True}, {}, "nightly", {"cron": "0 3 * * *"}, at=1000)
    assert after(at_an_hour, ChangeSchedule({"target": others}, at=7000)).since == 1000


def test_what_is_deleted_is_not_there() -> None:
    gone = after(CREATE, DeleteSchedule())
    assert gone.life == DELETED
    for command in (PauseSchedule(), ResumeSchedule(1), DeleteSchedule(), TakeMoment(5000, "j1")):
        with pytest.raises(NotFound):
            decide(gone, command)
    with pytest.raises(NotFound):
        decide(Schedule(), PauseSchedule())


def test_a_schedule_for_one_device_has_that_device_s_place_in_the_interval() -> None:
    assert seed("s1", {"devices": ["d1"]}) == "d1"
    assert seed("s1", {"devices": ["d1", "d2"]}) == seed("s1", {"all": True}) == "s1"


def test_a_stranger_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        decide(Schedule(), object())


def test_a_schedule_is_the_same_after_it_was_kept_as_plain_data() -> None:
    target = {"tags": ["a", "b"], "devices": ["d1"]}
    every_field = Schedule(
        ACTIVE, "backup", target, {"x": [1, {"y": None}]}, "n", HOURLY, 1, 2, "j", 3, (4, "k"), 5
    )
    assert made(Schedule, orjson.loads(orjson.dumps(plain(every_field)))) == every_field

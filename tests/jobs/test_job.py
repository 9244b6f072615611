"""A job's transitions, one by one, and what else is decided about it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from netraven_contracts.errors import Conflict, NotFound
from netraven_contracts.jobs import STATUSES
from netraven_jobs import job
from netraven_jobs.job import (
    ALL,
    JOB,
    NONE,
    ONLY_FAILED,
    TRANSITIONS,
    CancelJob,
    FinishRun,
    Job,
    JobCancelled,
    JobCancelRequested,
    JobFinished,
    JobRequested,
    JobRetried,
    JobStarted,
    RequestJob,
    RetryJob,
    StartRun,
    decide,
    evolve,
    outcome,
)

COUNTS = {"total": 3, "succeeded": 2, "failed": 1, "skipped": 0, "cancelled": 0}
COMMANDS: dict[type, Any] = {
    RequestJob: RequestJob("backup", {"all": True}, {"x": 1}, "nightly"),
    StartRun: StartRun(1, 3),
    CancelJob: CancelJob(),
    RetryJob: RetryJob(ALL),
    FinishRun: FinishRun(1, COUNTS),
}
EVERY = [status for status in (NONE, *STATUSES) if status != "scheduled"]


def being(status: str, **fields: Any) -> Job:
    """A job with this status."""
    return Job(status=status, type="backup", run=1, counts=COUNTS, **fields)


def after(state: Job, command: Any) -> Job:
    """The job once the command is carried out."""
    for event in decide(state, command):
        state = evolve(state, event)
    return state


@pytest.mark.parametrize(("status", "command"), sorted(TRANSITIONS, key=str))
def test_what_may_become_of_a_job_becomes_of_it(status: str, command: type) -> None:
    assert after(being(status), COMMANDS[command]).status in TRANSITIONS[status, command]


@pytest.mark.parametrize(
    ("status", "command"),
    [pair for pair in itertools.product(EVERY, COMMANDS) if pair not in TRANSITIONS],
)
def test_anything_else_is_refused(status: str, command: type) -> None:
    with pytest.raises(NotFound if status == NONE else Conflict):
        decide(being(status), COMMANDS[command])


def test_every_status_can_be_reached_and_every_status_but_the_last_ones_can_be_left() -> None:
    reached = {status for following in TRANSITIONS.values() for status in following}
    assert reached == set(EVERY) - {NONE}
    assert {status for status, _ in TRANSITIONS} == set(EVERY)


@pytest.mark.parametrize(
    ("succeeded", "total", "status"),
    [(3, 3, "succeeded"), (2, 3, "partial"), (0, 3, "failed"), (0, 0, "failed")],
)
def test_a_run_ends_as_its_devices_did(succeeded: int, total: int, status: str) -> None:
    counts = {"total": total, "succeeded": succeeded}
    assert outcome(counts) == status
    assert after(being("running"), FinishRun(1, counts)).status == status


def test_a_cancelled_run_is_cancelled_however_its_devices_ended() -> None:
    counts = {"total": 3, "succeeded": 3}
    assert after(being("cancelling"), FinishRun(1, counts)).status == "cancelled"


def test_cancelling_twice_is_heard_once() -> None:
    assert decide(being("running"), CancelJob()) == [JobCancelRequested()]
    assert decide(being("cancelling"), CancelJob()) == []


def test_what_never_began_is_over_at_once_when_it_is_cancelled_and_a_retry_when_it_is_counted() -> None:
    assert decide(Job("queued", run=1), CancelJob()) == [JobCancelled()]
    assert decide(being("queued"), CancelJob()) == [JobCancelRequested()]


def test_devices_that_were_skipped_after_a_cancelled_job_was_over_are_counted_once() -> None:
    counted = JobFinished(1, "cancelled", COUNTS)
    assert decide(Job("cancelled", run=1), FinishRun(1, COUNTS)) == [counted]
    assert decide(being("cancelled"), FinishRun(1, COUNTS)) == []


def test_a_retry_is_the_next_run_of_the_same_job() -> None:
    assert decide(being("partial"), RetryJob()) == [JobRetried(2, ONLY_FAILED)]
    assert after(being("partial"), RetryJob()).run == 2
    assert decide(being("failed"), RetryJob(ALL)) == [JobRetried(2, ALL)]


def test_where_everything_succeeded_there_is_nothing_to_repeat_but_all_of_it() -> None:
    with pytest.raises(Conflict, match='"all"'):
        decide(being("succeeded"), RetryJob())
    assert decide(being("succeeded"), RetryJob(ALL)) == [JobRetried(2, ALL)]


def test_a_job_that_never_began_is_repeated_for_all_its_devices() -> None:
    never = Job(status="cancelled", run=1)
    assert decide(never, RetryJob()) == [JobRetried(2, ALL)]


@pytest.mark.parametrize("command", [StartRun(7, 3), FinishRun(7, COUNTS)])
def test_what_comes_late_from_another_run_changes_nothing(command: Any) -> None:
    with pytest.raises(Conflict, match="run 1"):
        decide(being("queued" if isinstance(command, StartRun) else "running"), command)


def test_a_whole_life_is_folded_from_its_events() -> None:
    life = [
        JobRequested("backup", {"all": True}, {}, None, None),
        JobStarted(1, 3),
        JobFinished(1, "partial", COUNTS),
        JobRetried(2, ONLY_FAILED),
        JobStarted(2, 1),
        JobFinished(2, "succeeded", {"total": 3, "succeeded": 3}),
    ]
    state = Job()
    for event in life:
        state = evolve(state, event)
    assert (state.status, state.run, state.only) == ("succeeded", 2, ONLY_FAILED)
    assert evolve(state, object()) is state
    assert {type(event) for event in life} < set(JOB.events)


def test_a_stranger_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        decide(Job(), object())


def test_over_and_active_are_all_there_is() -> None:
    assert set(job.OVER) | set(job.ACTIVE) == set(EVERY) - {NONE}

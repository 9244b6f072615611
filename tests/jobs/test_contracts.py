"""The events of jobs, schedules and tasks are those that others were promised."""

from __future__ import annotations

from dataclasses import fields

import pytest

from netraven_chassis.aggregate import Aggregate
from netraven_contracts import host_keys, job_events, jobs, task_events
from netraven_jobs import tasks
from netraven_jobs.host_key import HOST_KEY
from netraven_jobs.job import JOB, OVER
from netraven_jobs.schedule import SCHEDULE
from netraven_jobs.task import TASK

PROMISED = {**job_events.EVENTS, **task_events.EVENTS, **host_keys.EVENTS}
AGGREGATES = (JOB, SCHEDULE, TASK, HOST_KEY)


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda one: one.name)
def test_every_event_has_the_fields_that_were_promised(aggregate: Aggregate[object]) -> None:
    for event in aggregate.events:
        promised = PROMISED[event.__name__]().fields
        assert {one.name for one in fields(event)} == {one.data_key or name for name, one in promised.items()}


def test_nothing_is_promised_that_never_happens() -> None:
    told = {event.__name__ for aggregate in AGGREGATES for event in aggregate.events}
    assert set(PROMISED) == told


def test_the_words_for_how_things_end_are_the_agreed_ones() -> None:
    assert OVER == jobs.OVER
    shown = {
        tasks.RUNNING if status == tasks.REPORTED else status for status in (*tasks.OPEN, *tasks.UNSUCCESSFUL)
    }
    assert shown | {tasks.SUCCEEDED} == set(jobs.TASK_STATUSES)
    assert {"total", *tasks.COUNTS} == set(jobs.JobCounts().fields)

"""What is told of a task that has ended."""

from __future__ import annotations

import pytest

from netraven_chassis.aggregate import encode
from netraven_contracts import task_events
from netraven_jobs.task import (
    TASK,
    CredentialAttempted,
    FactsCollected,
    FinishTask,
    Task,
    TaskFinished,
    decide,
    evolve,
)

ENDED = TaskFinished("j1", "d1", 1, 2, "succeeded", None, 1200)
ATTEMPTS = (
    {"credential_id": "c1", "secret_version": 1, "outcome": "authentication"},
    {"credential_id": "c2", "secret_version": 3, "outcome": "success"},
)
FACTS = {"serial": "S", "model": None, "interfaces": [{"name": "eth0"}]}


def test_attempts_come_in_their_order_before_the_facts_and_the_end() -> None:
    assert decide(Task(), FinishTask(ENDED, ATTEMPTS, FACTS)) == [
        CredentialAttempted("c1", "d1", 1, "authentication", "j1"),
        CredentialAttempted("c2", "d1", 3, "success", "j1"),
        FactsCollected("d1", "S", None, None, ({"name": "eth0"},)),
        ENDED,
    ]


def test_without_attempts_and_facts_only_the_end_is_told() -> None:
    assert decide(Task(), FinishTask(ENDED)) == [ENDED]


def test_interfaces_that_nothing_was_said_about_stay_unsaid() -> None:
    facts = decide(Task(), FinishTask(ENDED, (), {"interfaces": None}))[0]
    assert facts == FactsCollected("d1", None, None, None, None)


def test_the_events_are_of_the_agreed_form() -> None:
    events = decide(Task(), FinishTask(ENDED, ATTEMPTS, FACTS))
    for event in map(encode, events):
        assert set(event.data) == set(task_events.EVENTS[event.type]().fields), event.type
    assert {kind.__name__ for kind in TASK.events} == set(task_events.EVENTS)


def test_a_task_knows_how_its_last_attempt_ended() -> None:
    once = evolve(Task(), ENDED)
    assert (once.status, once.ended, once.last) == ("succeeded", 1, ENDED)
    assert evolve(once, object()) is once
    with pytest.raises(TypeError, match="object"):
        decide(once, object())

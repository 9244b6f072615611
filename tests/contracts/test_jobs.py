"""Bodies and filters of jobs and schedules: what they load to, and what each refusal says."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from netraven_contracts.jobs import (
    ERROR_CLASSES,
    OVER,
    STATUSES,
    JobAction,
    JobBody,
    JobFilters,
    RecentQuery,
    TaskFilters,
)
from netraven_contracts.schedules import ScheduleChanges, Timing

A, B = "a" * 24, "b" * 24
ALL = {"type": "backup", "all": True}

TARGETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "one device": ({"device_id": A.upper()}, {"devices": [A]}),
    "several, each once": ({"devices": [A, B, A]}, {"devices": [A, B]}),
    "tags": ({"tags": [" core ", "edge", "core"]}, {"tags": ["core", "edge"]}),
    "all": ({"all": True}, {"all": True}),
}


@pytest.mark.parametrize(("said", "target"), TARGETS.values(), ids=TARGETS)
def test_a_target_is_said_in_one_of_four_ways(said: dict[str, Any], target: dict[str, Any]) -> None:
    plain: dict[str, Any] = {"type": "backup", "options": {}, "name": None, "schedule": None}
    assert JobBody().load({"type": " Device_Backup ", **said}) == {**plain, "target": target}


@pytest.mark.parametrize(("word", "name"), [("BACKUP", "backup"), ("device_backup", "backup"), ("x1", "x1")])
def test_a_type_has_one_name_in_bodies_and_filters(word: str, name: str) -> None:
    assert JobBody().load({**ALL, "type": word})["type"] == name
    assert JobFilters().load({"type": word})["type"] == name


REFUSED: dict[str, tuple[type[Schema], dict[str, Any], dict[str, str]]] = {
    "no target": (JobBody, {"type": "backup"}, {"device_id": "is required, or one of devices, tags, all"}),
    "two targets": (JobBody, {**ALL, "tags": ["a"]}, {"all": "goes not together with tags"}),
    "three targets": (
        JobBody,
        {**ALL, "tags": ["a"], "device_id": A},
        {"tags": "goes not together with device_id", "all": "goes not together with device_id"},
    ),
    "all that is not": (JobBody, {"type": "backup", "all": False}, {"all": "must be true"}),
    "no devices": (JobBody, {"type": "backup", "devices": []}, {"devices": "must name 1 to"}),
    "too many": (JobBody, {"type": "backup", "devices": [A] * 10_001}, {"devices": "must name 1 to 10000"}),
    "no type": (JobBody, {"all": True}, {"type": "is required"}),
    "a strange type": (JobBody, {**ALL, "type": "rm -rf"}, {"type": "must be a job type"}),
    "options that are none": (JobBody, {**ALL, "options": "x"}, {"options": "must be an object"}),
    "an unknown field": (JobBody, {**ALL, "speed": 3}, {"speed": "is not known here"}),
    "no time": (JobBody, {**ALL, "schedule": {}}, {"schedule.every": "is required, or cron or at"}),
    "two times": (
        Timing,
        {"every": 60, "at": "2026-01-02T03:04:05Z"},
        {"at": "goes not together with every"},
    ),
    "too often": (Timing, {"every": 59}, {"every": "from 60 to"}),
    "a cron of four fields": (Timing, {"cron": "0 3 * *"}, {"cron": "must have five fields"}),
    "a zone without cron": (Timing, {"every": 60, "timezone": "UTC"}, {"timezone": "goes with cron only"}),
    "a zone that is a path": (Timing, {"cron": "@daily", "timezone": "../etc"}, {"timezone": "time zone"}),
    "no action": (JobAction, {}, {"action": "is required"}),
    "another action": (JobAction, {"action": "explode"}, {"action": "must be one of"}),
    "a retry of some": (JobAction, {"action": "retry", "only": "some"}, {"only": "must be one of"}),
    "a status that no job has": (JobFilters, {"status": "done"}, {"status": "must be one of"}),
    "a window that is turned round": (
        JobFilters,
        {"from": "2026-01-03", "to": "2026-01-02"},
        {"to": "is before `from`"},
    ),
    "a device's status that is a job's": (TaskFilters, {"status": "partial"}, {"status": "must be one of"}),
    "none of the latest": (RecentQuery, {"limit": "0"}, {"limit": "from 1 to"}),
    "a schedule for two targets": (
        ScheduleChanges,
        {"devices": [A], "all": True},
        {"all": "goes not together with devices"},
    ),
}


@pytest.mark.parametrize(("schema", "said", "reasons"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_the_field_and_the_reason(
    schema: type[Schema], said: dict[str, Any], reasons: dict[str, str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        schema().load(said)
    assert isinstance(caught.value.messages, dict)
    found = flat(caught.value.messages)
    assert found.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in found[name]


def flat(messages: dict[str, Any], prefix: str = "") -> dict[str, str]:
    made: dict[str, str] = {}
    for name, value in messages.items():
        made |= (
            flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": str(value)}
        )
    return made


def test_a_schedule_loads_to_the_times_that_are_reckoned_with() -> None:
    timing = {"cron": " 0  3 * * 1-5 ", "timezone": "America/Argentina/Ushuaia"}
    assert Timing().load(timing) == {"cron": "0 3 * * 1-5", "timezone": "America/Argentina/Ushuaia"}
    assert Timing().load({"at": "1970-01-01T00:00:01Z"}) == {"at": 1000}


def test_a_schedule_that_was_shown_can_be_sent_back() -> None:
    shown = {"id": A, "type": "backup", "status": "active", "runs": 3, "name": "x", "schedule": {"every": 60}}
    assert ScheduleChanges().load(shown) == {"name": "x", "schedule": {"every": 60}}
    assert ScheduleChanges().load({"target": {"all": True}}) == {"shown_target": {"all": True}}


@pytest.mark.parametrize(("said", "target"), TARGETS.values(), ids=TARGETS)
def test_a_schedule_s_target_is_changed_in_the_same_words(
    said: dict[str, Any], target: dict[str, Any]
) -> None:
    assert ScheduleChanges().load({**said, "target": {"all": True}}) == {
        "target": target,
        "shown_target": {"all": True},
    }


def test_a_retry_is_for_what_failed_unless_it_says_otherwise() -> None:
    assert JobAction().load({"action": "retry"}) == {"action": "retry", "which": "failed"}
    assert JobAction().load({"action": "retry", "only": "ALL"})["which"] == "all"


def test_the_words_are_those_that_clients_were_promised() -> None:
    assert set(OVER) < set(STATUSES) and "HOST_KEY_CHANGED" in ERROR_CLASSES
    assert all(name == name.upper() and reason for name, reason in ERROR_CLASSES.items())

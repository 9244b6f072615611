"""What a history tells of each event, and what it takes to take one back: given what happened."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netraven_chassis.aggregate import encode
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_contracts.errors import Conflict, NotFound
from netraven_devices.device import (
    DEVICE,
    ChangeDevice,
    Device,
    DeviceAnnotated,
    DeviceFactsLearned,
    DeviceRegistered,
    DeviceRemoved,
    DeviceRenamed,
    DeviceStatusStated,
    DeviceTagged,
    DeviceUntagged,
    decide,
)
from netraven_devices.history import DEVICE_FIELDS, changed, compensation, steps
from tests.devices.test_device import CHANGES, REGISTER

A, B, C = "a" * 24, "b" * 24, "c" * 24
REGISTERED = DeviceRegistered("core-1", "10.0.0.1", "router", "Bern", None, 22, (A,), None)


def told(*commits: Any) -> list[Any]:
    made, first = [], 1
    for at, events in enumerate(commits, 1):
        recorded = tuple(encode(event) for event in (events if isinstance(events, list) else [events]))
        made.append(Commit("device-x", first, recorded, at, at * 1000, {}, None, None, None, None))
        first += len(recorded)
    return list(steps(DEVICE, made))


def test_every_event_is_told_with_what_it_changed() -> None:
    history = told(REGISTERED, [DeviceRenamed("core-2"), DeviceFactsLearned("S", None, "1")], DeviceRemoved())
    assert [step.version for step in history] == [1, 2, 3, 4]
    assert [changed(step, DEVICE_FIELDS) for step in history[1:]] == [
        {"name": ("core-1", "core-2")},
        {"serial": (None, "S"), "os_version": (None, "1")},
        {},
    ]
    assert changed(history[0], DEVICE_FIELDS)["ip_address"] == ("", "10.0.0.1")


def test_an_event_that_nobody_knows_is_told_without_changes() -> None:
    strange = Commit("device-x", 1, (Recorded("Newer", 1, {}),), 1, 1, {}, None, None, None, None)
    (step,) = steps(DEVICE, [strange])
    assert (step.event.type, changed(step, DEVICE_FIELDS)) == ("Newer", {})


TAKEN_BACK = {
    "a field gets its old value": ([REGISTERED, DeviceRenamed("core-2")], 2, {"name": "core-1"}),
    "an earlier event of another field as well": (
        [REGISTERED, DeviceRenamed("core-2"), DeviceAnnotated("x")],
        2,
        {"name": "core-1"},
    ),
    "facts go back together": (
        [REGISTERED, DeviceFactsLearned("S", "M", None), DeviceFactsLearned("S", "N", "1")],
        3,
        {"model": "M", "os_version": None},
    ),
    "a tag that was given goes, others stay": (
        [REGISTERED, DeviceTagged(B), DeviceTagged(C)],
        2,
        {"tags": [A, C]},
    ),
    "a tag that was taken comes back": (
        [REGISTERED, DeviceUntagged(A), DeviceTagged(B)],
        2,
        {"tags": [A, B]},
    ),
    "a statement is taken back": ([REGISTERED, DeviceStatusStated("online")], 2, {"status": "unknown"}),
    "to an earlier statement": (
        [REGISTERED, DeviceStatusStated("online"), DeviceStatusStated("offline")],
        3,
        {"status": "online"},
    ),
}


@pytest.mark.parametrize(("happened", "version", "changes"), TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_what_takes_an_event_back(happened: list[Any], version: int, changes: dict[str, Any]) -> None:
    assert compensation(told(*happened), version) == changes


STANDS = {
    "an event that is not there": ([REGISTERED], 2, NotFound),
    "being registered": ([REGISTERED], 1, Conflict),
    "being removed": ([REGISTERED, DeviceRemoved()], 2, Conflict),
    "a field that was changed again": ([REGISTERED, DeviceRenamed("b"), DeviceRenamed("c")], 2, Conflict),
    "a tag that was taken again": ([REGISTERED, DeviceTagged(B), DeviceUntagged(B)], 2, Conflict),
    "a tag that was given again": ([REGISTERED, DeviceUntagged(A), DeviceTagged(A)], 2, Conflict),
}


@pytest.mark.parametrize(("happened", "version", "error"), STANDS.values(), ids=STANDS)
def test_what_cannot_be_taken_back(happened: list[Any], version: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        compensation(told(*happened), version)


@settings(deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=5))
def test_taking_the_last_event_back_leads_to_the_state_before_it(history: list[dict[str, Any]]) -> None:
    events: list[Any] = list(decide(Device(), REGISTER))
    for changes in history:
        events += decide(told(*events)[-1].after, ChangeDevice(changes))
    last = told(*events)[-1]
    if last.version > 1:
        undone = decide(last.after, ChangeDevice(compensation(told(*events), last.version)))
        assert told(*events, *undone)[-1].after == last.before

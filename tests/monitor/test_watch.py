"""A watch takes verdicts down: what is known makes no event, and an older look never overrules a newer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_monitor.watch import (
    OFFLINE,
    ONLINE,
    UNKNOWN,
    WATCH,
    AdoptStatement,
    DeviceStatusAdopted,
    DeviceWentOffline,
    DeviceWentOnline,
    DeviceWentUnknown,
    RecordVerdict,
    Watch,
)

DEVICE = "a" * 24
statuses = st.sampled_from([ONLINE, OFFLINE, UNKNOWN])
commands = st.lists(
    st.builds(RecordVerdict, st.just(DEVICE), statuses, st.integers(0, 1000))
    | st.builds(AdoptStatement, st.just(DEVICE), statuses, st.integers(0, 1000)),
    max_size=30,
)


def after(history: list[Any]) -> tuple[Watch, list[Any]]:
    watch, events = WATCH.initial, []
    for command in history:
        for event in WATCH.decide(watch, command):
            events.append(event)
            watch = WATCH.evolve(watch, event)
    return watch, events


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (ONLINE, DeviceWentOnline(DEVICE, 7, 1.5)),
        (OFFLINE, DeviceWentOffline(DEVICE, 7)),
        (UNKNOWN, DeviceWentUnknown(DEVICE, 7, "no socket")),
    ],
)
def test_a_verdict_is_news_when_another_status_stood(status: str, event: Any) -> None:
    before = Watch(OFFLINE if status != OFFLINE else ONLINE, 5)
    assert WATCH.decide(before, RecordVerdict(DEVICE, status, 7, 1.5, "no socket")) == [event]


def test_a_statement_is_taken_over_until_the_next_verdict() -> None:
    watch, events = after([AdoptStatement(DEVICE, ONLINE, 5), RecordVerdict(DEVICE, OFFLINE, 9)])
    assert events == [DeviceStatusAdopted(DEVICE, 5, ONLINE), DeviceWentOffline(DEVICE, 9)]
    assert watch == Watch(OFFLINE, 9)


def test_a_look_that_began_before_what_is_known_overrules_nothing() -> None:
    assert WATCH.decide(Watch(ONLINE, 10), RecordVerdict(DEVICE, OFFLINE, 9)) == []


def test_a_stranger_is_refused() -> None:
    with pytest.raises(TypeError):
        WATCH.decide(Watch(), "off with it")


def test_an_event_of_a_later_version_changes_nothing() -> None:
    assert WATCH.evolve(Watch(ONLINE, 3), object()) == Watch(ONLINE, 3)


@given(commands)
def test_times_never_go_back_and_every_event_changes_the_status(history: list[Any]) -> None:
    _, events = after(history)
    times = [event.as_of for event in events]
    assert times == sorted(times)
    watch = WATCH.initial
    for event in events:
        changed = WATCH.evolve(watch, event)
        assert changed.status != watch.status
        watch = changed


@given(commands)
def test_a_command_repeated_at_once_does_nothing(history: list[Any]) -> None:
    doubled = [command for command in history for _ in range(2)]
    assert after(doubled) == after(history)

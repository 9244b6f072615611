"""States that held once, and the intervals in which they did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netraven_chassis.aggregate import Folded, encode, fold_stream
from netraven_chassis.eventlog.commit import Commit
from netraven_devices import past
from netraven_devices.device import DEVICE, DeviceAnnotated, DeviceRegistered, DeviceRemoved, DeviceRenamed

REGISTERED = DeviceRegistered("a", "10.0.0.1", "router", "Bern", None, 22, (), None)


def history(*commits: tuple[int, list[Any]]) -> Folded[Any]:
    made, first = [], 1
    for position, (at, events) in enumerate(commits, 1):
        recorded = tuple(map(encode, events))
        made.append(Commit("device-x", first, recorded, position, at, {}, None, None, None, None))
        first += len(recorded)
    return fold_stream(DEVICE, "x", made)


WHOLE = history(
    (100, [REGISTERED]),
    (200, [DeviceRenamed("b"), DeviceAnnotated("n")]),
    (200, [DeviceRenamed("c")]),
    (300, [DeviceRenamed("d")]),
    (400, [DeviceRemoved()]),
)


def test_each_state_holds_until_the_next_and_the_last_of_a_moment_counts() -> None:
    told = [(start, end, state.state.name) for start, end, state in past.intervals(DEVICE, WHOLE)]
    assert told == [(100, 200, "a"), (200, 300, "c"), (300, 400, "d")]


def test_what_holds_now_is_not_past() -> None:
    assert not list(past.intervals(DEVICE, history((100, [REGISTERED]))))


def test_what_was_shown_already_is_not_told_again() -> None:
    told = [
        [(start, then.state.name) for start, _, then in past.intervals(DEVICE, replace(WHOLE, shown=known))]
        for known in (fold_stream(DEVICE, "x", WHOLE.commits[:shown]) for shown in range(6))
    ]
    assert told == [
        [(100, "a"), (200, "c"), (300, "d")],
        [(100, "a"), (200, "c"), (300, "d")],
        [(200, "c"), (300, "d")],
        [(200, "c"), (300, "d")],
        [(300, "d")],
        [],
    ]


def test_a_device_at_a_moment() -> None:
    names = {at: past.until(DEVICE, WHOLE, at).state.name for at in (99, 100, 199, 200, 299, 300)}
    assert names == {99: "", 100: "a", 199: "a", 200: "c", 299: "c", 300: "d"}
    assert past.until(DEVICE, WHOLE, 400).state.life == "removed"


def test_a_device_at_a_version_even_within_a_commit() -> None:
    seen = [past.at_version(DEVICE, WHOLE, version) for version in range(7)]
    assert [then.state.name for then in seen] == ["", "a", "b", "b", "c", "d", "d"]
    assert [then.version for then in seen] == list(range(7))
    assert [then.state.notes for then in seen[2:4]] == [None, "n"]
    assert past.at_version(DEVICE, WHOLE, 7).version == 0, "a version that is yet to come"

"""What a device allows and what follows: given what happened, when something is asked, then this is news."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netraven_chassis.aggregate import encode
from netraven_contracts.errors import Conflict, NotFound
from netraven_devices.device import (
    DEVICE,
    ChangeDevice,
    Device,
    DeviceAnnotated,
    DeviceFactsLearned,
    DeviceInterfacesLearned,
    DevicePlatformSet,
    DevicePortSet,
    DeviceReaddressed,
    DeviceReclassified,
    DeviceRegistered,
    DeviceRelocated,
    DeviceRemoved,
    DeviceRenamed,
    DeviceStatusStated,
    DeviceTagged,
    DeviceUntagged,
    RegisterDevice,
    RemoveDevice,
    UntagDevice,
    decide,
    evolve,
    unique,
)

REGISTERED = DeviceRegistered("core-1", "10.0.0.1", "router", "Bern", None, 22, ("a" * 24,), None)
REGISTER = RegisterDevice("core-1", "10.0.0.1", "router", "Bern", tags=("a" * 24,))
UPLINK = {
    "name": "Gi0/1",
    "description": None,
    "ip_address": None,
    "mac_address": None,
    "admin_up": True,
    "link_up": None,
    "speed_mbps": 1000,
}


def device(*events: Any) -> Device:
    state = Device()
    for event in events:
        state = evolve(state, event)
    return state


def change(shown: str = "unknown", **changes: Any) -> ChangeDevice:
    return ChangeDevice(changes, shown)


FOLLOWS = {
    "registering is one event": ([], REGISTER, [REGISTERED]),
    "facts, interfaces and a status given at once are news of their own": (
        [],
        replace(REGISTER, serial="S1", interfaces=(UPLINK,), status="online"),
        [
            REGISTERED,
            DeviceFactsLearned("S1", None, None),
            DeviceInterfacesLearned((UPLINK,)),
            DeviceStatusStated("online"),
        ],
    ),
    "registering with the status unknown states nothing": (
        [],
        replace(REGISTER, status="unknown"),
        [REGISTERED],
    ),
    "three fields are three events in one commit": (
        [REGISTERED],
        change(name="core-2", ip_address="10.0.0.2", location="Basel"),
        [DeviceRenamed("core-2"), DeviceReaddressed("10.0.0.2"), DeviceRelocated("Basel")],
    ),
    "every other field has its event": (
        [REGISTERED],
        change(device_type="switch", platform="cisco_ios", port=2222, notes="spare", interfaces=[UPLINK]),
        [
            DeviceReclassified("switch"),
            DevicePlatformSet("cisco_ios"),
            DevicePortSet(2222),
            DeviceAnnotated("spare"),
            DeviceInterfacesLearned((UPLINK,)),
        ],
    ),
    "what is so already is no news": (
        [REGISTERED],
        change(name="core-1", ip_address="10.0.0.1", tags=["a" * 24], port=22, notes=None, interfaces=[]),
        [],
    ),
    "nothing asked, nothing follows": ([REGISTERED], change(), []),
    "one fact learned tells all three": (
        [REGISTERED, DeviceFactsLearned("S1", "C9300", None)],
        change(os_version="17.9"),
        [DeviceFactsLearned("S1", "C9300", "17.9")],
    ),
    "a fact can be taken back": (
        [REGISTERED, DeviceFactsLearned("S1", None, None)],
        change(serial=None),
        [DeviceFactsLearned(None, None, None)],
    ),
    "a set of tags becomes what differs": (
        [REGISTERED],
        change(tags=["b" * 24, "c" * 24, "b" * 24]),
        [DeviceTagged("b" * 24), DeviceTagged("c" * 24), DeviceUntagged("a" * 24)],
    ),
    "a status other than the one shown is a statement": (
        [REGISTERED],
        change(shown="offline", status="online"),
        [DeviceStatusStated("online")],
    ),
    "a status as it is shown states nothing": ([REGISTERED], change(shown="online", status="online"), []),
    "a status stated before can be stated again when a verdict went between": (
        [REGISTERED, DeviceStatusStated("online")],
        change(shown="offline", status="online"),
        [DeviceStatusStated("online")],
    ),
    "untagging takes a tag away": ([REGISTERED], UntagDevice("a" * 24), [DeviceUntagged("a" * 24)]),
    "untagging what is not tagged is no news": ([REGISTERED], UntagDevice("b" * 24), []),
    "removing is news": ([REGISTERED], RemoveDevice(), [DeviceRemoved()]),
}


@pytest.mark.parametrize(("given_", "when", "then"), FOLLOWS.values(), ids=FOLLOWS)
def test_what_follows_from_a_command(given_: list[Any], when: Any, then: list[Any]) -> None:
    assert list(decide(device(*given_), when)) == then


REFUSED = {
    "changing what was never there": ([], change(name="x"), NotFound),
    "removing what was never there": ([], RemoveDevice(), NotFound),
    "untagging what was never there": ([], UntagDevice("a" * 24), NotFound),
    "changing what is removed": ([REGISTERED, DeviceRemoved()], change(name="x"), NotFound),
    "removing twice": ([REGISTERED, DeviceRemoved()], RemoveDevice(), NotFound),
    "registering twice under one id": ([REGISTERED], REGISTER, Conflict),
    "registering under the id of a removed device": ([REGISTERED, DeviceRemoved()], REGISTER, Conflict),
}


@pytest.mark.parametrize(("given_", "when", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(given_: list[Any], when: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        decide(device(*given_), when)


def test_a_command_of_another_aggregate_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="a device cannot str"):
        decide(Device(), "reboot")


def test_an_event_that_nobody_knows_changes_nothing() -> None:
    known = device(REGISTERED)
    assert evolve(known, "something newer") is known


def test_the_address_is_held_while_the_device_is_looked_after_and_free_afterwards() -> None:
    assert unique(Device()) == {}
    assert unique(device(REGISTERED)) == {"ip_address": "10.0.0.1"}
    assert unique(device(REGISTERED, DeviceReaddressed("10.0.0.2"))) == {"ip_address": "10.0.0.2"}
    assert unique(device(REGISTERED, DeviceRemoved())) == {}


TAGS = st.lists(st.sampled_from(["a" * 24, "b" * 24, "c" * 24]), max_size=3)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["core-1", "core-2"]),
        "ip_address": st.sampled_from(["10.0.0.1", "10.0.0.2"]),
        "device_type": st.sampled_from(["router", "switch"]),
        "location": st.sampled_from(["Bern", "Basel"]),
        "platform": st.sampled_from([None, "cisco_ios"]),
        "port": st.sampled_from([22, 2222]),
        "serial": st.sampled_from([None, "S1"]),
        "model": st.sampled_from([None, "M1"]),
        "os_version": st.sampled_from([None, "1.0"]),
        "interfaces": st.sampled_from([[], [UPLINK]]),
        "tags": TAGS,
        "notes": st.sampled_from([None, "spare"]),
    },
)


@settings(deadline=None)
@given(st.lists(CHANGES, max_size=6))
def test_after_a_change_the_device_is_as_it_was_asked_to_be(history: list[dict[str, Any]]) -> None:
    state = device(REGISTERED)
    for changes in history:
        for event in decide(state, ChangeDevice(changes)):
            state = evolve(state, event)
        for name, value in changes.items():
            wanted = tuple(sorted(set(value))) if name == "tags" else value
            assert getattr(state, name) == (tuple(wanted) if isinstance(wanted, list) else wanted)
        assert decide(state, ChangeDevice(changes)) == [], "asking twice must be no news"


@settings(deadline=None)
@given(st.lists(CHANGES, max_size=6))
def test_a_device_read_back_from_the_log_is_the_same(history: list[dict[str, Any]]) -> None:
    state, recorded = Device(), []
    for command in [REGISTER, *map(ChangeDevice, history), RemoveDevice()]:
        for event in decide(state, command):
            state = evolve(state, event)
            recorded.append(encode(event))
    assert DEVICE.fold(Device(), recorded) == state

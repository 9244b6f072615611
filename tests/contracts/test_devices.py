"""Bodies, answers and filters of devices."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError
from netmiko.ssh_dispatcher import CLASS_MAPPER, CLASS_MAPPER_BASE

from netraven_contracts.devices import (
    DEVICE_SORTS,
    Device,
    DeviceBody,
    DeviceChanges,
    DeviceFilters,
    DeviceStatus,
    Interface,
    Ping,
)
from netraven_contracts.platforms import PLATFORMS

NEEDED = {"name": "core-1", "ip_address": "10.0.0.1", "device_type": "router", "location": "Bern"}
SHOWN = {
    **NEEDED,
    "id": "65a1b2c3d4e5f60718293a4b",
    "status": "online",
    "status_since": "2026-01-02T03:04:05.678Z",
    "last_ping": None,
    "latency_ms": None,
    "platform": None,
    "port": 22,
    "serial": None,
    "model": None,
    "os_version": None,
    "interfaces": [],
    "tags": ["core"],
    "notes": None,
    "created_at": "2026-01-02T03:04:05.678Z",
    "updated_at": "2026-01-02T03:04:05.678Z",
    "version": 1,
}


def reasons(schema: Schema, body: Any) -> Any:
    with pytest.raises(ValidationError) as refusal:
        schema.load(body)
    return refusal.value.messages


def test_a_device_needs_four_fields_and_is_told_which() -> None:
    assert DeviceBody().load(NEEDED) == NEEDED
    assert set(reasons(DeviceBody(), {})) == set(NEEDED)


def test_a_change_needs_none() -> None:
    assert DeviceChanges().load({}) == {}


def test_what_a_get_returned_can_be_sent_back_whole() -> None:
    assert set(SHOWN) == set(Device().fields), "the sample must be a whole device"
    read_only = {"id", "status_since", "last_ping", "latency_ms", "created_at", "updated_at", "version"}
    assert set(DeviceChanges().load(SHOWN)) == set(SHOWN) - read_only


@pytest.mark.parametrize("status", ["", "  ", None])
def test_an_empty_status_counts_as_not_given(status: Any) -> None:
    assert DeviceBody().load({**NEEDED, "status": status}) == NEEDED


def test_an_unknown_field_is_refused_by_name() -> None:
    assert reasons(DeviceBody(), {**NEEDED, "ip": "10.0.0.1"}) == {
        "ip": ["is not known here; remove it or correct its spelling"]
    }


@pytest.mark.parametrize("body", [[], "x", 7, None, [NEEDED]])
def test_a_body_is_an_object(body: Any) -> None:
    assert reasons(DeviceBody(), body) == {"_schema": ["must be a JSON object"]}


@pytest.mark.parametrize(
    "field", ["name", "ip_address", "device_type", "location", "port", "interfaces", "tags"]
)
def test_what_a_device_always_has_cannot_be_cleared(field: str) -> None:
    assert reasons(DeviceChanges(), {field: None}) == {
        field: ["must not be null; give a value or leave it out"]
    } or ("null" in str(reasons(DeviceChanges(), {field: None})))


@pytest.mark.parametrize("field", ["platform", "serial", "model", "os_version", "notes"])
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_what_a_device_may_lack_is_cleared_by_null_and_by_blanks(field: str, empty: Any) -> None:
    assert DeviceChanges().load({field: empty}) == {field: None}


def test_an_interface_is_kept_whole() -> None:
    loaded = DeviceChanges().load({"interfaces": [{"name": "Gi0/1", "speed_mbps": 1000}]})
    assert loaded["interfaces"] == [
        {**dict.fromkeys(Interface().fields), "name": "Gi0/1", "speed_mbps": 1000}
    ]


def test_an_error_in_an_interface_says_where() -> None:
    body = {"interfaces": [{"name": "a"}, {"name": "b", "mac_address": "x"}]}
    assert reasons(DeviceChanges(), body) == {
        "interfaces": {1: {"mac_address": ["must be a MAC address such as 00:1a:2b:3c:4d:5e"]}}
    }


def test_lists_have_an_end() -> None:
    assert reasons(DeviceChanges(), {"tags": [f"t{n}" for n in range(101)]}) == {
        "tags": ["must be at most 100 tags"]
    }


def test_every_filter_may_be_empty_and_then_is_none() -> None:
    assert DeviceFilters().load(dict.fromkeys(DeviceFilters().fields, "")) == {}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("reachable", "online"),
        ("Success", "online"),
        ("online", "online"),
        ("unreachable", "offline"),
        ("failure", "offline"),
        ("offline", "offline"),
        ("never_checked", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_reachability_has_synonyms(said: str, meant: str) -> None:
    assert DeviceFilters().load({"reachability": said}) == {"reachability": meant}


def test_one_tag_is_a_list_of_one() -> None:
    assert (
        DeviceFilters().load({"tag": "core"}) == DeviceFilters().load({"tag": ["core"]}) == {"tag": ["core"]}
    )


def test_an_unknown_filter_is_refused_by_name() -> None:
    assert set(reasons(DeviceFilters(), {"nme": "x", "status": "up"})) == {"nme", "status"}


def test_only_what_a_device_shows_can_be_sorted_by() -> None:
    assert set(DEVICE_SORTS) <= set(Device().fields)


@pytest.mark.parametrize("schema", [Device, DeviceFilters, Interface, Ping, DeviceStatus])
def test_every_field_is_described_for_people(schema: type[Schema]) -> None:
    assert [name for name, field in schema().fields.items() if "description" not in field.metadata] == []


def test_the_platforms_are_those_of_the_netmiko_that_is_installed() -> None:
    telnet = {name for name in CLASS_MAPPER if name.endswith("_telnet")}
    assert set(PLATFORMS) == set(CLASS_MAPPER_BASE) | telnet | {"autodetect", "terminal_server"}

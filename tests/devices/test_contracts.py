"""What the service stores is what the contracts promise: each event has exactly its schema's fields."""

from __future__ import annotations

from dataclasses import fields

import pytest

from netraven_contracts import credential_events, device_events, tags
from netraven_contracts.devices import Device
from netraven_devices.credential import CREDENTIAL
from netraven_devices.device import DEVICE, RegisterDevice
from netraven_devices.tag import TAG

PROMISED = {**device_events.EVENTS, **tags.EVENTS, **credential_events.EVENTS}
STORED = {event.__name__: event for event in (*DEVICE.events, *TAG.events, *CREDENTIAL.events)}


def test_every_event_is_promised_and_every_promise_is_kept() -> None:
    assert STORED.keys() == PROMISED.keys()


@pytest.mark.parametrize("name", STORED)
def test_an_event_has_exactly_its_schemas_fields(name: str) -> None:
    assert {item.name for item in fields(STORED[name])} == set(PROMISED[name]().fields)


def test_registering_takes_exactly_what_a_body_may_set() -> None:
    writable = {name for name, field in Device().fields.items() if not field.dump_only}
    assert {item.name for item in fields(RegisterDevice)} == writable

"""What the monitor's events, questions and answers look like to others."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from marshmallow import ValidationError

from netraven_contracts.monitor import EVENTS, AvailabilityQuery, SamplesQuery
from netraven_monitor.watch import WATCH


def test_every_event_of_a_watch_has_its_schema() -> None:
    assert {event.__name__ for event in WATCH.events} == set(EVENTS)


@pytest.mark.parametrize("event", WATCH.events, ids=lambda event: event.__name__)
def test_a_schema_names_exactly_the_fields_of_its_event(event: type) -> None:
    values = {"device_id": "a" * 24, "as_of": 1, "latency_ms": 1.5, "reason": "away", "status": "online"}
    names = set(EVENTS[event.__name__]().fields)
    made = event(**{name: values[name] for name in names})
    assert EVENTS[event.__name__]().validate(asdict(made)) == {}


def test_a_span_is_read_into_milliseconds() -> None:
    asked = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:01Z", "limit": "5"}
    assert SamplesQuery().load(asked) == {"start": 1_767_312_000_000, "end": 1_767_312_001_000, "limit": 5}
    assert AvailabilityQuery().load({"from": ""}) == {}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"limit": "0"}, "limit"),
        ({"limit": "10001"}, "limit"),
        ({"since": "2026-01-02T00:00:00Z"}, "since"),
    ],
)
def test_a_span_that_cannot_be_is_refused_by_name(asked: dict[str, str], name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SamplesQuery().load(asked)
    assert list(refused.value.messages_dict) == [name]

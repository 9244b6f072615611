"""Looking after what a service could not take in, against a real system and its database."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_chassis.parking import BEHIND, Parking
from tests.cli.conftest import Command

FOLLOWER = "devices"  # what jobs knows of devices


@pytest.fixture
def parking(kept: Any) -> Parking:
    """What jobs has parked, in the database of the running system."""
    return Parking(kept, FOLLOWER)


def park(parking: Parking, stream: str, *positions: int, event: str = "SomethingUnheardOf") -> None:
    for first, position in enumerate(positions, 1):
        events = (Recorded(event, 1, {}),)
        commit = Commit(f"device-{stream}", first, events, position, 1, {}, None, None, None, None)
        parking.park(commit, BEHIND if first > 1 else "KeyError")


def test_what_is_parked_is_listed_tried_again_and_given_up(netraven: Command, parking: Parking) -> None:
    park(parking, "a" * 24, 9_000_001, 9_000_002)
    park(parking, "b" * 24, 9_000_003)
    park(parking, "c" * 24, 9_000_004)
    assert "KeyError" in netraven("parked", "list").out and "KeyError" in netraven("status").out
    rows = netraven("parked", "list", "--service", "jobs", "--json").json
    assert [row["position"] for row in rows] == [9_000_001, 9_000_002, 9_000_003, 9_000_004]
    assert netraven("parked", "drop", rows[3]["id"]).status == 2
    assert netraven("parked", "drop", rows[3]["id"], "--yes").status == 0
    assert "2 went in" in netraven("parked", "replay", rows[1]["id"]).said
    park(parking, "d" * 24, 9_000_005, event="DeviceRegistered")
    done = netraven("parked", "replay", "--all")
    assert done.status == 5 and "1 went in" in done.said and "failed again: KeyError" in done.said
    assert netraven("parked", "drop", "jobs:devices:9000005", "--yes").status == 0
    assert "nothing is parked" in netraven("parked", "list").out


def test_what_is_not_parked_is_not_found(netraven: Command) -> None:
    assert netraven("parked", "replay", "jobs:devices:1").status == 4
    assert netraven("parked", "drop", "nonsense", "--yes").status == 4
    assert netraven("parked", "replay").status == 2
    assert netraven("parked", "list", "--service", "nobody").status == 2

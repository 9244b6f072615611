"""What a service could not take in, over HTTP from a whole running system: seen, tried again, given up."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_chassis.parking import BEHIND, Parking
from tests.jobs.served import Served, shared


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Served:
    return shared(request)


def parked(served: Served, *positions: int, event: str = "SomethingUnheardOf") -> list[str]:
    """Changes of one device that jobs has not taken in; their ids."""
    follower = next(row["name"] for row in following(served))
    parking, stream = Parking(served.database, follower), f"device-{secrets.token_hex(12)}"
    events = (Recorded(event, 1, {"password": "canary-of-a-parked-change"}),)
    for first, position in enumerate(positions, 1):
        commit = Commit(stream, first, events, position, 1, {}, None, None, None, None)
        parking.park(commit, BEHIND if first > 1 else "KeyError")
    return [f"jobs:{follower}:{position}" for position in positions]


def following(served: Served) -> list[dict[str, Any]]:
    told = served.api("GET", "/status")[1]["data"]["subscriptions"]
    return [row for row in told if row["service"] == "jobs" and row["name"] != "own"]


def test_what_is_parked_is_told_with_its_reason_and_goes_in_when_it_is_tried_again(served: Served) -> None:
    ids = parked(served, 9_000_001, 9_000_002)
    status, answer, _ = served.api("GET", "/parked?service=jobs")
    assert (status, answer["total"], [row["id"] for row in answer["data"]]) == (200, 2, ids)
    assert [row["error"] for row in answer["data"]] == ["KeyError", BEHIND]
    assert "canary" not in str(answer)
    (row,) = (row for row in following(served) if row["parked"])
    assert (row["parked"], row["errors"]) == (2, ["KeyError"])
    assert served.api("GET", "/parked?size=1&page=2")[1]["data"][0]["id"] == ids[1]
    status, answer, _ = served.api("POST", f"/parked/{ids[1]}/replay")
    assert (status, answer["data"]) == (200, {"replayed": 2})
    assert served.api("GET", "/parked")[1]["total"] == 0
    assert served.api("POST", f"/parked/{ids[1]}/replay")[0] == 404


def test_what_is_parked_can_be_given_up(served: Served) -> None:
    (ident,) = parked(served, 9_000_003)
    assert served.api("DELETE", f"/parked/{ident}")[0] == 204
    assert served.api("GET", "/parked")[1]["total"] == 0
    assert served.api("DELETE", f"/parked/{ident}")[0] == 404


def test_what_fails_again_is_told_and_stays(served: Served) -> None:
    (ident,) = parked(served, 9_000_004, event="DeviceRegistered")
    status, answer, _ = served.api("POST", f"/parked/{ident}/replay")
    assert (status, answer["code"]) == (409, "CONFLICT")
    assert "1 failed again: KeyError" in answer["message"] and "canary" not in str(answer)
    assert served.api("DELETE", f"/parked/{ident}")[0] == 204


@pytest.mark.parametrize(
    "ident", ["x", "jobs:own:x", "nobody:own:1", "jobs:nobody:1", f"jobs:own:{'9' * 40}"]
)
def test_what_is_not_parked_is_not_found(served: Served, ident: str) -> None:
    for method, path in (("POST", f"/parked/{ident}/replay"), ("DELETE", f"/parked/{ident}")):
        status, answer, _ = served.api(method, path)
        assert (status, answer["code"]) == (404, "NOT_FOUND")


def test_only_admins_see_what_is_parked(served: Served) -> None:
    assert served.as_role("operator")("GET", "/parked")[0] == 403

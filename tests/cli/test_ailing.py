"""What somebody who is called at night must be told first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from netraven_cli import ailing


def instance(service: str, status: str = "up", minutes: int = 0, **more: Any) -> dict[str, Any]:
    seen = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    return {"service": service, "instance": f"{service}@h", "status": status, "last_seen": seen, **more}


def told(*others: dict[str, Any], without: str = "", **more: Any) -> dict[str, Any]:
    named = {without, *(row["service"] for row in others)}
    rows = [instance(service) for service in ailing.SERVICES if service not in named]
    parts = dict.fromkeys(ailing.PARTS, "up")
    return {**parts, "services": [*rows, *others], "subscriptions": [], **more}


def test_of_a_system_that_is_well_there_is_nothing_to_tell() -> None:
    assert ailing.down(told()) == [] == list(ailing.hints(told()))


def test_a_service_that_fell_silent_is_told_with_its_time() -> None:
    found = ailing.down(told(instance("monitor", "down", 12), instance("monitor", "down", 40)))
    assert found == ["monitor (last heard of 12 min ago)"]


def test_a_service_of_which_one_instance_goes_on_is_not_down() -> None:
    assert ailing.down(told(instance("worker", "down", 3), instance("worker"))) == []


def test_a_service_of_which_nothing_was_heard_is_down_too() -> None:
    (found,) = ailing.down(told(without="worker"))
    assert found.startswith("worker (not heard of")


def test_parts_that_are_down_come_first() -> None:
    found = ailing.down(told(instance("jobs", "down", 5), database="down", scheduler="down"))
    assert found == ["database", "scheduler", "jobs (last heard of 5 min ago)"]


def test_what_is_parked_and_why_nothing_is_pinged_is_hinted_at() -> None:
    rows = [{"service": "devices", "parked": 2}, {"service": "devices", "parked": 1}]
    rows.append({"service": "jobs", "parked": 0})
    found = list(
        ailing.hints(told(instance("monitor", ping_reason="PING_ENABLED is off"), subscriptions=rows))
    )
    assert found == [
        "not pinging: PING_ENABLED is off (monitor@h)",
        "devices could not take in 3 changes: see netraven parked list",
    ]

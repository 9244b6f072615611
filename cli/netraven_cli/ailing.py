"""What is wrong with a running system, and since when, as `GET /api/status` tells it. Nothing is asked or
printed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from netraven_cli.render import ago

PARTS = ("api", "broker", "database", "scheduler")
# Without one of each of these something is not done; the gateway is who tells.
SERVICES = ("auth", "devices", "monitor", "jobs", "worker")

Told = Mapping[str, Any]


def down(told: Told) -> list[str]:
    """Every part and every service that is down, and when it was last heard of."""
    parts = [part for part in PARTS if told[part] == "down"]
    return parts + [f"{service} ({since})" for service, since in _silent(told["services"])]


def _silent(rows: list[Told]) -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        own = [row for row in rows if row["service"] == service]
        if not own:
            yield service, "not heard of within the hour, or stopped"
        elif all(row["status"] == "down" for row in own):
            last = max((str(row["last_seen"]) for row in own), key=datetime.fromisoformat)
            yield service, f"last heard of {ago(last)}"


def hints(told: Told) -> Iterator[str]:
    """What else somebody should look at, a line each."""
    for row in told["services"]:
        if row["status"] != "down" and row.get("ping_reason"):
            yield f"not pinging: {row['ping_reason']} ({row['instance']})"
    parked = {row["service"]: 0 for row in told["subscriptions"]}
    for row in told["subscriptions"]:
        parked[row["service"]] += row["parked"]
    for service, number in parked.items():
        if number:
            yield f"{service} could not take in {number} changes: see netraven parked list"

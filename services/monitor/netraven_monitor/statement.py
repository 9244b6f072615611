"""What people state about a device's status, taken over into its watch until the next verdict."""

from __future__ import annotations

from netraven_chassis.bound import BoundStore
from netraven_chassis.eventlog.commit import Commit
from netraven_monitor.watch import WATCH, AdoptStatement


def adopt_statements(store: BoundStore, commit: Commit) -> None:
    """React to a commit of the devices' log. Raises Unavailable; harmless when repeated."""
    for event in commit.events:
        if event.type == "DeviceStatusStated":
            command = AdoptStatement(commit.subject, event.data["status"], commit.at)
            store.handle(WATCH, commit.subject, command)

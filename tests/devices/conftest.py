"""An inventory for each test: its store on a real database, and the log of a monitor that says what it is
told.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from netraven_chassis.batch import Batch
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Context, Recorded
from netraven_devices.credential import CREDENTIAL
from netraven_devices.device import DEVICE
from netraven_devices.tag import TAG
from netraven_devices.views import VIEWS

START = 1_767_323_045_000  # 2026-01-02T03:04:05Z


class Ticks:
    """A clock that goes on by a second with every look."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        self.time += 1000
        return self.time


class MonitorLog:
    """The monitor's log, as its log_range would give it."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []

    def say(self, kind: str, device_id: str, as_of: int, said: int | None = None, **data: Any) -> Commit:
        """One event in the stream of the device's watch, `said` later than it is from, or at once; the
        commit.
        """
        stream = f"watch-{device_id}"
        first = 1 + sum(commit.stream == stream for commit in self.commits)
        events = (Recorded(kind, 1, {"device_id": device_id, "as_of": as_of, **data}),)
        at = as_of if said is None else said
        commit = Commit(stream, first, events, len(self.commits) + 1, at, {}, None, None, None, None)
        self.commits.append(commit)
        return commit

    def pull(self, source: str, after: int) -> Batch:
        if source != "monitor":  # the others have said nothing
            return Batch(source, f"{source}-1", after, after, (), after)
        commits = tuple(self.commits[after:])
        return Batch("monitor", "monitor-1", after, len(self.commits), commits, len(self.commits))


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def monitor_log() -> MonitorLog:
    return MonitorLog()


def opened(database: Database[dict[str, Any]], clock: Ticks, monitor_log: MonitorLog) -> Core:
    """The store of the inventory in this database."""
    made = Core("devices", database, [DEVICE, TAG, CREDENTIAL], VIEWS, clock, monitor_log.pull)
    made.prepare()
    return made


def asker(core: Core) -> Callable[..., BoundStore]:
    """Makes the store as one request sees it, each with a command id of its own unless one is given."""

    def ask(command_id: str | None = None, body_hash: str | None = None) -> BoundStore:
        actor = {"id": "u1", "name": "ann"}
        context = Context(actor, command_id or secrets.token_hex(8), "request-1", None, body_hash)
        return BoundStore(core, context)

    return ask


@pytest.fixture
def core(database: Database[dict[str, Any]], clock: Ticks, monitor_log: MonitorLog) -> Core:
    return opened(database, clock, monitor_log)


@pytest.fixture
def asked(core: Core) -> Callable[..., BoundStore]:
    return asker(core)

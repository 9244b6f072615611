"""A monitor's parts put together over a real database, with a real devices' log beside it. No broker, no
Nameko.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import eventlet
from bson import ObjectId
from pymongo.database import Database

from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Context, Recorded
from netraven_chassis.ids import derive_id
from netraven_chassis.views import ViewSet
from netraven_devices.device import DEVICE, ChangeDevice, RegisterDevice, RemoveDevice
from netraven_monitor.engine import Engine
from netraven_monitor.lapse import Marks
from netraven_monitor.patrol import Patrol
from netraven_monitor.record import Recorder
from netraven_monitor.roster import Stand, stand_of
from netraven_monitor.samples import Samples
from netraven_monitor.shards import Pool, Shards
from netraven_monitor.statement import adopt_statements
from netraven_monitor.sweep import Plan, Sweeper
from netraven_monitor.verdict import Rules
from netraven_monitor.views import VIEWS, put_targets
from netraven_monitor.watch import WATCH, RecordVerdict
from tests.clock import MovableClock

Mongo = Database[dict[str, Any]]


def someone() -> Context:
    """A context with a command id of its own."""
    return Context({"id": "tester", "name": "tester"}, command_id=str(ObjectId()))


def device_ids(count: int) -> list[str]:
    """As many ids as wanted, always the same ones."""
    return [derive_id("device", str(number)) for number in range(count)]


class Inventory:
    """A devices service without its shell: its log is what the monitor follows."""

    def __init__(self, database: Mongo) -> None:
        self.core = Core(
            "devices", database, [DEVICE], ViewSet(), SystemClock(), pull=lambda _source, _after: no_batch()
        )
        self.core.prepare()

    def register(
        self, addresses: Sequence[str], location: str = "here", status: str = "unknown"
    ) -> list[str]:
        """A device for each address; their ids."""
        ids = [derive_id("device", address) for address in addresses]
        orders = [
            (DEVICE, device_id, RegisterDevice(device_id, address, "router", location, status=status))
            for device_id, address in zip(ids, addresses, strict=True)
        ]
        for at in range(0, len(orders), 1000):
            BoundStore(self.core, someone()).handle_many(orders[at : at + 1000])
        return ids

    def change(self, device_id: str, shown: str = "unknown", **changes: Any) -> None:
        """Change some fields."""
        BoundStore(self.core, someone()).handle(DEVICE, device_id, ChangeDevice(changes, shown))

    def remove(self, device_id: str) -> None:
        """Look after it no longer."""
        BoundStore(self.core, someone()).handle(DEVICE, device_id, RemoveDevice())


def registration(address: str) -> Recorded:
    """The event that a device is looked after."""
    return Recorded("DeviceRegistered", 1, {"ip_address": address, "location": "here"})


def no_batch() -> Any:
    """The devices service of these tests follows nobody."""
    raise AssertionError("nobody is followed")


@dataclass
class Rig:
    """One monitor instance. `pulses` is what the devices service would have been told."""

    database: Mongo
    inventory: Inventory
    plan: Plan = field(default_factory=lambda: Plan(timeout=0.5, rules=Rules()))
    interval_ms: int = 60_000
    pool: Pool = field(default_factory=Pool)
    engine: Engine = field(default_factory=Engine)
    clock: MovableClock = field(default_factory=MovableClock)
    pulses: list[tuple[str, int, float | None]] = field(default_factory=list)
    ttl_ms: int = 600_000

    def __post_init__(self) -> None:
        pull = lambda _source, after: self.inventory.core.range(after)  # noqa: E731
        self.core = Core("monitor", self.database, [WATCH], VIEWS, self.clock, pull)
        self.core.prepare()
        self.reaction = self.core.react(
            "devices", lambda commit: adopt_statements(BoundStore(self.core, someone()), commit)
        )
        self.samples = Samples(self.database, 30)
        self.samples.prepare()
        self.marks = Marks(self.database)
        self.shards = Shards(self.database, str(ObjectId()), self.pool, self.ttl_ms)
        self.shards.prepare()
        self.recorder = Recorder(
            self.handle, self.pulses.extend, self.samples, self.marks, self.pool.key, self.interval_ms
        )
        self.sweeper = Sweeper(self.engine, self.plan, partial(eventlet.sleep, 0))
        self.patrol = self.make_patrol()

    def make_patrol(self) -> Patrol:
        """The rounds of this instance, anew."""
        view = partial(self.core.generations.collection, "targets")
        return Patrol(
            view,
            self.stand,
            self.sweeper,
            self.shards,
            self.marks,
            self.recorder,
            self.clock,
            self.interval_ms,
        )

    def stand(self) -> Stand:
        """What is another one after a change of any target."""
        return stand_of(self.core)

    def store(self) -> BoundStore:
        """What a worker would have."""
        return BoundStore(self.core, someone())

    def handle(self, verdicts: Sequence[RecordVerdict]) -> Sequence[Any]:
        """Carry verdicts out."""
        return self.store().handle_many([(WATCH, verdict.device_id, verdict) for verdict in verdicts])

    def plant(self, addresses: Sequence[str], status: str | None = None) -> list[str]:
        """Devices as if their registration had just been heard of, and a verdict that they are `status`: for
        fleets too large to register in a test.
        """
        ids = [derive_id("device", address) for address in addresses]
        commits = [
            Commit(f"device-{device_id}", 1, (registration(address),), 0, 0, {}, None, None, None, None)
            for device_id, address in zip(ids, addresses, strict=True)
        ]
        writer = self.core.generations.writer()
        put_targets(writer, commits)
        if status is not None:
            for device_id in ids:
                writer.put("targets", device_id, 1, {"status": status, "as_of": 1}, group="watch")
        writer.flush()
        return ids

    def follow(self) -> None:
        """Take in what the inventory has done."""
        self.core.followers()["devices"].catch_up()
        self.reaction.catch_up()

    def round(self, groups: Sequence[int] = range(256)) -> None:
        """Ask all devices once, at once, and write it down."""
        self.patrol.turn(groups)
        self.patrol.write(0)

    def statuses(self) -> dict[str, str]:
        """device id -> status, as the view has it."""
        rows = self.core.generations.collection("targets").find({"live": True})
        return {row["_id"]: row.get("status", "unknown") for row in rows}

    def news(self, device_id: str) -> list[str]:
        """The names of the events of one device's watch."""
        folded = self.store().load(WATCH, device_id)
        return [event.type for commit in folded.commits for event in commit.events]

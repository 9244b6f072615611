"""A monitor's rounds put together over a database, without timers, and its fleet planted. No figures here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import eventlet
import orjson
from bson import ObjectId
from eventlet.greenpool import GreenPool

from netraven_chassis import mongo
from netraven_chassis.batch import Batch
from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import SystemClock, now_ms
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Context, Recorded
from netraven_chassis.ids import derive_id
from netraven_monitor.engine import Engine
from netraven_monitor.lapse import Marks
from netraven_monitor.patrol import Patrol
from netraven_monitor.record import Pulse, Recorder
from netraven_monitor.roster import stand_of
from netraven_monitor.samples import Samples
from netraven_monitor.schedule import GROUPS
from netraven_monitor.shards import Pool, Shards
from netraven_monitor.sweep import Plan, Sweeper
from netraven_monitor.views import VIEWS, put_targets
from netraven_monitor.watch import UNKNOWN, WATCH, RecordVerdict

_AT_ONCE = 64  # groups in one turn: a sweep without pauses is four turns
_INTERVAL_MS = 60_000


class Fleet:
    """`addresses` under watch in a database of their own, all of whose shards are ours."""

    def __init__(self, uri: str, database: str, addresses: Sequence[str]) -> None:
        self.engine = Engine()
        self.database = mongo.connect(uri).get_database(database, **mongo.log_options)
        self.core = Core("monitor", self.database, [WATCH], VIEWS, SystemClock(), _nobody)
        self.core.prepare()
        self.told = 0
        self.ids = self._plant(addresses)
        self.patrol = self._make_patrol()
        self._turns = GreenPool(2)

    def _make_patrol(self) -> Patrol:
        samples, marks = Samples(self.database, 30), Marks(self.database)
        samples.prepare()
        shards = Shards(self.database, str(ObjectId()), Pool(), ttl_ms=600_000)
        recorder = Recorder(self.handle, self._tell, samples, marks, "*", _INTERVAL_MS)
        sweeper = Sweeper(self.engine, Plan(), partial(eventlet.sleep, 0))
        view = partial(self.core.generations.collection, "targets")
        stand = partial(stand_of, self.core)
        patrol = Patrol(view, stand, sweeper, shards, marks, recorder, SystemClock(), _INTERVAL_MS)
        patrol.renew()
        return patrol

    def _plant(self, addresses: Sequence[str]) -> list[str]:
        ids = [derive_id(address) for address in addresses]
        commits = [
            Commit(f"device-{device}", 1, (_registered(address),), 0, 0, {}, None, None, None, None)
            for device, address in zip(ids, addresses, strict=True)
        ]
        writer = self.core.generations.writer()
        put_targets(writer, commits)
        writer.flush()
        return ids

    def sweep(self) -> None:
        """Ask everybody at once, and write everything down: a round without its pauses."""
        writing = eventlet.spawn(self._write)
        for first in range(0, GROUPS, _AT_ONCE):
            self._turns.spawn(self.patrol.turn, range(first, first + _AT_ONCE))
        self._turns.waitall()
        self.patrol.settle()
        writing.kill()

    def _write(self) -> None:
        while True:
            self.patrol.write()

    def forget(self) -> None:
        """Let nothing be known of anybody, so that the next sweep changes all of them."""
        verdicts = [RecordVerdict(device, UNKNOWN, now_ms(), reason="measuring") for device in self.ids]
        for first in range(0, len(verdicts), 1000):
            self.handle(verdicts[first : first + 1000])

    def handle(self, verdicts: Sequence[RecordVerdict]) -> Sequence[Any]:
        """Carry verdicts out."""
        store = BoundStore(self.core, Context({"id": "bench", "name": "bench"}, command_id=str(ObjectId())))
        return store.handle_many([(WATCH, verdict.device_id, verdict) for verdict in verdicts])

    def _tell(self, pulses: list[Pulse]) -> None:
        self.told += len(orjson.dumps({"samples": pulses, "through": None}))


def _registered(address: str) -> Recorded:
    return Recorded("DeviceRegistered", 1, {"ip_address": address, "location": "here"})


def _nobody(source: str, _after: int) -> Batch:
    raise LookupError(f"nothing is followed here, and not {source}")

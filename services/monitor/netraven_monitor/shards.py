"""Who asks which devices: shards, each leased to one instance, shared evenly among those that are there.

Instances that are bound to locations share the devices of those locations (instances that share one name
the same list); the others share the rest. A location stays theirs for a day after the last of them was
seen: what can be asked only from there is unknown meanwhile, and not offline.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from netraven_chassis.lease import Lease, prolong
from netraven_monitor.schedule import SHARDS

TTL_MS = 10_000
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Pool:
    """The instances bound to the same `locations`; none: those that are bound to none."""

    locations: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in the database."""
        return "|".join(sorted(self.locations)) or "*"

    def devices(self, bound: Sequence[str]) -> Mapping[str, Any]:
        """The query for its devices; `bound`: all locations that any pool is bound to."""
        if self.locations:
            return {"location": {"$in": list(self.locations)}}
        return {"location": {"$nin": list(bound)}} if bound else {}


IDLE = Pool((" ",))
"""Of those that do not ping: no device is at such a location, and of the other pools' devices they say that
nobody looks at them when nobody does.
"""


class Shards:
    """The shards that this instance holds. Nothing here waits or repeats itself; call `refresh` every few
    seconds.

    Parameters: `instance`, a name of its own; `pool`, whose devices it asks; `ttl_ms`, how long a shard
    stays held without a refresh.
    """

    def __init__(
        self, database: Database[dict[str, Any]], instance: str, pool: Pool, ttl_ms: int = TTL_MS
    ) -> None:
        relaxed = database.with_options(write_concern=WriteConcern(w=1))
        self._pollers: Collection[dict[str, Any]] = relaxed["pollers"]
        self._pools: Collection[dict[str, Any]] = relaxed["pools"]
        self._instance, self.pool, self._ttl_ms = instance, pool, ttl_ms
        self._leases = {
            shard: Lease(relaxed["shards"], f"{pool.key}/{shard}", instance, ttl_ms)
            for shard in self._order()
        }
        self._held: set[int] = set()
        self._refreshed = float("-inf")
        self._known: dict[str, Pool] = {}
        self._alive: Counter[str] = Counter()

    def _order(self) -> Iterator[int]:
        """Each instance begins at another shard, so that they do not all reach for the same."""
        first = crc32(self._instance.encode())
        return ((first + step) % SHARDS for step in range(SHARDS))

    @property
    def held(self) -> frozenset[int]:
        """The shards that are ours now: none, when refreshing has failed for as long as a lease lasts."""
        expired = (time.monotonic() - self._refreshed) * 1000 > self._ttl_ms
        return frozenset() if expired else frozenset(self._held)

    def prepare(self) -> None:
        """Let the database forget instances that are gone, and pools that were not seen for a day."""
        self._pollers.create_index("expires", expireAfterSeconds=0)
        self._pools.create_index("seen", expireAfterSeconds=_DAY_SECONDS)

    def refresh(self) -> frozenset[int]:
        """Say that we are here, prolong what we hold, give up or take shards until we have our fair share.

        Returns the shards that are newly ours. Raises pymongo's errors when the database is away.
        """
        asked, before = time.monotonic(), self.held
        self._announce()
        self._known = {row["_id"]: Pool(tuple(row["locations"])) for row in self._pools.find()}
        alive = self._pollers.find({"$expr": {"$gt": ["$expires", "$$NOW"]}}, {"pool": 1})
        self._alive = Counter(row["pool"] for row in alive)
        share = -(-SHARDS // max(1, self._alive[self.pool.key]))
        kept = [shard for shard in self._leases if shard in self._held]
        for shard in kept[share:]:
            self._leases[shard].release()
        ours = prolong([self._leases[shard] for shard in kept[:share]])
        held = {shard for shard in kept[:share] if self._leases[shard] in ours}
        for shard, lease in self._leases.items():
            if len(held) < share and shard not in held and lease.hold():
                held.add(shard)
        self._held, self._refreshed = held, asked
        return self.held - before

    def _announce(self) -> None:
        here = {"pool": self.pool.key, "expires": {"$add": ["$$NOW", self._ttl_ms]}}
        self._pollers.update_one({"_id": self._instance}, [{"$set": here}], upsert=True)
        pool = {"locations": list(self.pool.locations), "seen": "$$NOW"}
        self._pools.update_one({"_id": self.pool.key}, [{"$set": pool}], upsert=True)

    @property
    def devices(self) -> Mapping[str, Any]:
        """The query for the devices of our pool."""
        return self.pool.devices(self._bound())

    def orphans(self) -> dict[str, Mapping[str, Any]]:
        """Pools known within a day of which nobody is alive: name -> query for its devices."""
        lost = {key: pool for key, pool in self._known.items() if not self._alive[key]}
        return {key: pool.devices(self._bound()) for key, pool in lost.items()}

    def _bound(self) -> list[str]:
        return sorted({location for pool in self._known.values() for location in pool.locations})

    def release(self) -> None:
        """Give everything back at a stop, so that others need not wait for it to expire."""
        for shard in self._held:
            self._leases[shard].release()
        self._held = set()
        self._pollers.delete_one({"_id": self._instance})

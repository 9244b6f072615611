"""Counts in its database for as long as it runs, whether or not the database is there."""

from __future__ import annotations

import eventlet
import structlog
from nameko.extensions import DependencyProvider
from pymongo.errors import PyMongoError

from netraven_chassis import mongo
from netraven_chassis.bus import rpc
from netraven_chassis.store import Store

log = structlog.get_logger(__name__)


class Counter(DependencyProvider):
    """One more every tenth of a second."""

    def start(self) -> None:
        self.container.spawn_managed_thread(self.run)

    def run(self) -> None:
        numbers = mongo.database("tally").numbers
        while True:
            try:
                numbers.update_one({"_id": 1}, {"$inc": {"number": 1}}, upsert=True)
                log.info("counted", number=(numbers.find_one({"_id": 1}) or {})["number"])
            except PyMongoError as error:
                log.info("cannot count", error=type(error).__name__)
            eventlet.sleep(0.1)


class TallyService:
    """Counts."""

    name = "tally"
    store = Store()
    counter = Counter()

    @rpc
    def ping(self) -> bool:
        """Whether it is there."""
        return True

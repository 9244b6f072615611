"""What every service with a log answers beside its own business: its log, its parked commits, its
rebuilds.
"""

from __future__ import annotations

from typing import Any

import structlog

from netraven_chassis.batch import pack
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, rpc
from netraven_chassis.follow import Follower
from netraven_contracts.errors import NotFound

log = structlog.get_logger(__name__)

RANGE = 500


class LogRpc:
    """Mixed into a service class that has `store = Store(…)`."""

    store: BoundStore  # Nameko puts it in the place of the Store that the class body names

    @rpc
    def log_range(self, after: int) -> Reply:
        """Commits past position `after`, as many as fit one message: {source, log_id, after, through,
        head, commits}.
        """
        core = self.store.core
        documents = core.log.documents(after, RANGE)
        message = next(pack(core.service, core.log.log_id, after, documents, core.log.head()))
        return Reply(message)

    @rpc
    def log_head(self) -> dict[str, Any]:
        """How far the log is: {log_id, head}."""
        return {"log_id": self.store.core.log.log_id, "head": self.store.core.log.head()}

    @rpc
    def followers(self) -> list[dict[str, Any]]:
        """Every follower with its position, lag in commits and number of parked commits."""
        return [follower.report() for follower in self._all_followers()]

    @rpc
    def parked(self) -> list[dict[str, Any]]:
        """What could not be taken in: follower, position, stream, error, parked_at (ms), of each follower as
        much as Parking.rows gives. Never the data itself.
        """
        shown = ("follower", "position", "stream", "error", "parked_at")
        rows = [row for follower in self._all_followers() for row in follower.parking.rows()]
        return [{name: row[name] for name in shown} for row in rows]

    @rpc
    def replay_parked(self, follower: str, position: int) -> dict[str, int]:
        """Try a parked commit again, and in their order all of the same stream: {replayed}.

        Raises NotFound, Conflict for what fails again.
        """
        found = self._follower(follower)
        stream = found.parking.stream_of(position)
        if stream is None:
            raise NotFound("nothing like that is parked")
        replayed = found.replay(stream)
        log.warning("replayed", follower=follower, stream=stream, commits=replayed)
        return {"replayed": replayed}

    @rpc
    def drop_parked(self, follower: str, position: int) -> None:
        """Give up one parked commit. Raises NotFound."""
        if not self._follower(follower).parking.drop(position):
            raise NotFound("nothing like that is parked")
        log.warning("given up", follower=follower, position=position)

    @rpc
    def rebuild(self) -> dict[str, Any]:
        """Begin to make the views anew; answers at once with the state."""
        return self.store.rebuilding.start()

    @rpc
    def rebuild_state(self) -> dict[str, Any]:
        """How far the rebuild is: {state, generation, progress, reason}."""
        return self.store.rebuilding.state()

    def _all_followers(self) -> list[Follower]:
        core = self.store.core
        return [*core.followers().values(), *core.reactions.values()]

    def _follower(self, name: str) -> Follower:
        for follower in self._all_followers():
            if follower.name == name:
                return follower
        raise NotFound(f"no follower is called {name}")

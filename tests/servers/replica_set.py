"""A private MongoDB replica set of three, with quick elections and ways to delay and to depose members."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.patience import patience
from tests.servers.mongod import Mongod
from tests.servers.server import ServerError

_NAME = "netraven"


class ReplicaSet:
    """Three mongods; `start` returns when a primary takes writes."""

    def __init__(self, members: int = 3) -> None:
        self.members = [Mongod(options=("--replSet", _NAME)) for _ in range(members)]

    @property
    def uri(self) -> str:
        """Where clients find all of it."""
        hosts = ",".join(member.address for member in self.members)
        return f"mongodb://{hosts}/?replicaSet={_NAME}"

    def start(self) -> Self:
        """Start the members and wait for the first primary."""
        for member in self.members:
            member.begin()
        for member in self.members:
            member.wait_ready()
        self._initiate()
        self.wait_primary()
        return self

    def _initiate(self) -> None:
        members = [{"_id": i, "host": member.address} for i, member in enumerate(self.members)]
        # Quick elections: the tests depose the primary and wait for the next one.
        pace = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 300, "heartbeatTimeoutSecs": 2}
        config = {"_id": _NAME, "members": members, "settings": pace}
        self.command(self.members[0], "replSetInitiate", config)

    def command(self, member: Mongod, name: str, value: Any = 1, **more: Any) -> dict[str, Any]:
        """Run an admin command on one member, whatever its part is."""
        client: MongoClient[dict[str, Any]] = MongoClient(member.uri, serverSelectionTimeoutMS=3000)
        with contextlib.closing(client):
            return dict(client.admin.command(name, value, **more))

    def primary(self) -> Mongod | None:
        """The member that takes writes now, None during an election."""
        for member in self.members:
            with contextlib.suppress(PyMongoError):
                if member.running() and self.command(member, "hello")["isWritablePrimary"]:
                    return member
        return None

    def wait_primary(self, unlike: Mongod | None = None, within: float = 30.0) -> Mongod:
        """Wait for a primary other than `unlike`."""
        return _wait_for(self.primary, lambda found: found is not unlike, within)

    def secondaries(self) -> list[Mongod]:
        """The running members that do not take writes."""
        first = self.primary()
        return [member for member in self.members if member.running() and member is not first]

    def delay_replication(self, on: bool = True) -> None:
        """Make the secondaries stop (or go on) fetching: writes reach the primary and no majority."""
        mode = "alwaysOn" if on else "off"
        for member in self.secondaries() if on else self.members:
            if member.running():
                self.command(member, "configureFailPoint", "rsSyncApplyStop", mode=mode)
                self.command(member, "configureFailPoint", "stopReplProducer", mode=mode)

    def step_down(self, seconds: int = 10) -> Mongod:
        """Depose the primary at once, whether or not another has its writes; which one that was."""
        first = self.wait_primary()
        with contextlib.suppress(PyMongoError):  # the connection may be closed before the answer
            self.command(first, "replSetStepDown", seconds, force=True)
        return first

    def close(self) -> None:
        """Kill the members and remove their folders."""
        for member in self.members:
            member.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


def _wait_for(look: Callable[[], Mongod | None], good: Callable[[Mongod], bool], within: float) -> Mongod:
    deadline = time.monotonic() + patience(within)
    while time.monotonic() < deadline:
        if (found := look()) is not None and good(found):
            return found
        time.sleep(0.1)
    raise ServerError("no primary was elected in time")

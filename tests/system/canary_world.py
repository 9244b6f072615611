"""Systems at their most talkative, and all that can be listened to. What is put in stands elsewhere."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import bson
import pytest
import zstandard
from pymongo import MongoClient
from pymongo.collection import Collection

from netraven_chassis import sealing
from netraven_chassis.mongod import PrivateMongod
from netraven_chassis.sealing import PrivateKey
from tests.servers.netraven import Api, System
from tests.servers.server import Server
from tests.system.canaries import Canaries
from tests.system.conftest import until_it_answers
from tests.system.tap import Tap

_ZSTD = zstandard.MAGIC_NUMBER.to_bytes(4, "little")
LEAST = {"username": "netops", "method": "ssh"}


class Recorder(Api):
    """A client that keeps every answer as it came."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.answers: list[str] = []

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        answer = super().__call__(method, path, body, **headers)
        self.answers.append(repr(answer))
        return answer


@dataclass
class World:
    """A system and its surroundings; without a broker there is no bus to tap."""

    system: System
    tap: Tap | None
    database: str
    servers: tuple[Server, ...]
    prefix: str
    keys: list[PrivateKey]
    api: Recorder
    canaries: Canaries = field(default_factory=Canaries)
    rotation: bytes = b""

    def places(self) -> dict[str, bytes]:
        """{place: everything in it}"""
        logs = {f"the log of {one.name}": one.log.read_bytes() for one in self.system.instances}
        servers = {one.name: one.log.read_bytes() for one in self.servers}
        told = {"answers": "\n".join(self.api.answers).encode(), "the rotation": self.rotation}
        bus = {"the bus": self.tap.said()} if self.tap else {}
        return {**logs, **servers, **self.collections(), **bus, **told}

    def collections(self) -> dict[str, bytes]:
        """{database.collection: its documents as they lie there}"""
        with MongoClient[dict[str, Any]](self.database) as client:
            return {
                f"{name}.{collection}": _read(client[name][collection])
                for name in client.list_database_names()
                if name.startswith(self.prefix)
                for collection in client[name].list_collection_names()
            }

    def sealed(self) -> list[str]:
        """All secrets in the vault, as they lie there."""
        with MongoClient[dict[str, Any]](self.database) as client:
            return [row["sealed"] for row in client[f"{self.prefix}_devices"]["vault"].find()]


def _read(collection: Collection[dict[str, Any]]) -> bytes:
    """Its documents as they lie there, and what is compressed in them."""
    batches = list(collection.find_raw_batches())
    rows = (row for batch in batches for row in bson.decode_all(batch))
    packed = [
        value for row in rows for value in row.values() if isinstance(value, bytes) and value[:4] == _ZSTD
    ]
    return b"".join([*batches, *(zstandard.ZstdDecompressor().decompress(one) for one in packed)])


@contextmanager
def tapped(request: pytest.FixtureRequest, **settings: str) -> Iterator[World]:
    """Over RabbitMQ and mongod, each service in a process of its own; the key is in the environment."""
    broker, database = request.getfixturevalue("rabbitmq"), request.getfixturevalue("mongod")
    uri, prefix, old, new = broker.vhost(), f"canary_{secrets.token_hex(4)}", sealing.make(), sealing.make()
    env = {
        "AMQP_URI": uri,
        "MONGODB_URI": database.uri,
        "NETRAVEN_DATABASE_PREFIX": prefix,
        "NETRAVEN_SECRET_KEY": json.dumps(old.document()),
        "NETRAVEN_LOG_LEVEL": "debug",
        "PING_ENABLED": "false",
        **settings,
    }
    with closing(Tap(broker, uri)) as tap, System(env) as system:
        until_it_answers(system.url)
        api = Recorder(system.url).log_in()
        yield World(system, tap, database.uri, (broker, database), prefix, [old, new], api)


@contextmanager
def embedded(_request: pytest.FixtureRequest, **settings: str) -> Iterator[World]:
    """Everything in one process, with its private mongod and its key in the data folder."""
    env = {"NETRAVEN_LOG_LEVEL": "debug", "PING_ENABLED": "false", **settings}
    with System(env, together=True) as system:
        until_it_answers(system.url)
        folder = system.instances[0].folder / "data"
        database = PrivateMongod(folder).uri
        old = PrivateKey(json.loads((folder / "secret-key.json").read_text()))
        yield World(system, None, database, (), "netraven", [old], Recorder(system.url).log_in())


def rotate(world: World) -> None:
    """Put a new key in the old one's place, beside the running system."""
    (devices,) = world.system.of("devices")
    env = {**devices._env, "PATH": os.environ["PATH"]}
    if world.tap:
        both = {"keys": [key.document() for key in reversed(world.keys)]}
        env["NETRAVEN_SECRET_KEY"] = json.dumps(both)
    command = [sys.executable, "-m", "netraven_chassis", "rotate"]
    done = subprocess.run(command, env=env, capture_output=True, timeout=120, check=False)
    world.rotation = done.stdout + done.stderr
    assert done.returncode == 0, world.rotation
    if not world.tap:
        path = devices.folder / "data" / "secret-key.json"
        world.keys.append(PrivateKey(json.loads(path.read_text())))
        added(world, "after", secret=world.canaries("after the rotation"))


def added(world: World, name: str, **fields: Any) -> str:
    """The id of a new credential."""
    status, answer, _ = world.api("POST", "/credentials", {"name": name, **LEAST, **fields})
    assert status == 201, answer
    return str(answer["data"]["id"])

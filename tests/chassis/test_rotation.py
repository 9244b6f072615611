"""A new key in the old one's place: whole in the end, however often it was broken off on the way."""

from __future__ import annotations

import json
import secrets
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from netraven_chassis import rotation, sealing
from netraven_chassis.rotation import SEALED, CannotRotate
from netraven_chassis.sealing import KeyRing, PrivateKey, SealBroken
from netraven_chassis.seals import kid_of
from tests.chassis.process import Process
from tests.patience import until
from tests.servers.mongod import Mongod

ROWS = 150

# Stops the process itself where it has said a thing, so that it is killed just there.
STOPS_AFTER = """
import netraven_chassis.patch
import os, signal, sys
from netraven_chassis import commands, rotation

wanted, rotate = sys.argv[1], rotation.rotate

def stopping(ring, database, announce, tell):
    def tell_and_stop(what):
        tell(what)
        if wanted in what:
            os.kill(os.getpid(), signal.SIGSTOP)
    return rotate(ring, database, announce, tell_and_stop)

rotation.rotate = stopping
sys.exit(commands.main(sys.argv[2:]))
"""


@dataclass
class Vaults:
    """Everything that is sealed in one system, and the file of the key."""

    client: MongoClient[dict[str, Any]]
    env: dict[str, str]
    path: Path
    secrets: dict[str, bytes] = field(default_factory=dict)

    def database(self, service: str) -> Database[dict[str, Any]]:
        return self.client[f"{self.env['NETRAVEN_DATABASE_PREFIX']}_{service}"]

    def fill(self, key: PrivateKey, each: int) -> None:
        for place in SEALED:
            made = {secrets.token_hex(12): secrets.token_bytes(20) for _ in range(each)}
            named = {place.key: key.public.kid} if place.key else {}
            rows = [{"_id": row, "sealed": key.public.seal(text), **named} for row, text in made.items()]
            self.database(place.service)[place.collection].insert_many(rows)
            self.secrets |= made

    def rows(self) -> list[dict[str, Any]]:
        return [row for place in SEALED for row in self.database(place.service)[place.collection].find()]

    def opened(self, key: PrivateKey) -> dict[str, bytes]:
        """What this key opens."""
        found = {}
        for row in self.rows():
            try:
                found[row["_id"]] = key.open(row["sealed"])
            except SealBroken:
                continue
        return found

    def rotate(self, folder: Path, *arguments: str, **env: str) -> Process:
        return Process(folder, ["-m", "netraven_chassis", "rotate", *arguments], {**self.env, **env})

    def rotate_until(self, said: str, folder: Path, *arguments: str) -> Process:
        """One that goes no further when it has said this."""
        return Process(folder, ["-c", STOPS_AFTER, said, "rotate", *arguments], self.env)


@pytest.fixture
def vaults(mongod: Mongod, tmp_path: Path) -> Iterator[Vaults]:
    env = {
        "MONGODB_URI": mongod.uri,
        "NETRAVEN_DATABASE_PREFIX": f"rotate_{secrets.token_hex(4)}",
        "NETRAVEN_DATA": str(tmp_path / "data"),
    }
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        yield Vaults(client, env, tmp_path / "data" / "secret-key.json")
        for place in SEALED:
            client.drop_database(f"{env['NETRAVEN_DATABASE_PREFIX']}_{place.service}")


def said(process: Process, what: str) -> bool:
    return what in process.text()


def ring_of(settings_for: Callable[..., Any], vaults: Vaults) -> KeyRing:
    return sealing.private_key(settings_for(**vaults.env))


def test_where_no_system_has_sealed_anything_the_key_stays(
    tmp_path: Path, vaults: Vaults, settings_for: Callable[..., Any]
) -> None:
    before = ring_of(settings_for, vaults).document()
    with vaults.rotate(tmp_path) as process:
        assert process.ended(within=60) == 1
    assert "there is no system in the databases" in process.text() and "Traceback" not in process.text()
    assert [key.document() for key in ring_of(settings_for, vaults).keys] == [before]


def test_killed_in_the_middle_and_run_again_it_leaves_nothing_under_the_old_key(
    tmp_path: Path, vaults: Vaults, settings_for: Callable[..., Any]
) -> None:
    ring = ring_of(settings_for, vaults)
    old = PrivateKey(ring.document())
    vaults.fill(old, ROWS)
    public = tmp_path / "public.json"
    for wanted in ("100 rows of vault", "going on with the new key"):
        with vaults.rotate_until(wanted, tmp_path, "--public", str(public)) as process:
            until(partial(said, process, wanted), told=process.text)
            process.send(signal.SIGKILL)
            process.ended(within=30)
    # Half way, both keys are at hand: a service that reads the file opens every row.
    under = [kid_of(row["sealed"]) for row in vaults.rows()]
    assert 100 <= under.count(ring.public.kid) < 2 * ROWS and set(under) == {old.public.kid, ring.public.kid}
    assert vaults.opened(ring) == vaults.secrets
    with vaults.rotate(tmp_path, "--public", str(public)) as process:
        assert process.ended(within=60) == 0, process.text()
    assert vaults.opened(old) == {}
    assert [key.public.kid for key in ring.keys] == [ring.public.kid] != [old.public.kid]
    assert vaults.opened(PrivateKey(ring.document())) == vaults.secrets
    assert {row["key"] for row in vaults.rows() if "key" in row} == {ring.public.kid}
    assert json.loads(public.read_text())["kid"] == ring.public.kid
    assert vaults.path.stat().st_mode & 0o777 == 0o600
    assert not [path for path in vaults.path.parent.iterdir() if path.name.startswith("secret-key.json.")]


def test_what_is_sealed_meanwhile_moves_as_well(vaults: Vaults, settings_for: Callable[..., Any]) -> None:
    ring = ring_of(settings_for, vaults)
    old = PrivateKey(ring.document())
    vaults.fill(old, 3)
    # Whoever asked for the key before it changed writes its row down when the others have moved.
    assert rotation.rotate(ring, vaults.database, lambda _: None, lambda _: vaults.fill(old, 1)) >= 8
    assert vaults.opened(ring) == vaults.secrets and vaults.opened(old) == {}


def test_a_row_that_no_key_opens_is_named_and_keeps_the_old_key(
    vaults: Vaults, settings_for: Callable[..., Any]
) -> None:
    ring = ring_of(settings_for, vaults)
    old, stranger = PrivateKey(ring.document()), sealing.make()
    vaults.fill(old, 2)
    vaults.database("devices")["vault"].insert_one({"_id": "strange", "sealed": stranger.public.seal(b"x")})
    with pytest.raises(CannotRotate, match="vault/strange"):
        rotation.rotate(ring, vaults.database, lambda _: None, lambda _: None)
    assert vaults.opened(old) == {} and vaults.opened(ring) == vaults.secrets
    assert len(ring.keys) == 2
    ring.replace([*ring.keys, stranger])
    rotation.rotate(ring, vaults.database, lambda _: None, lambda _: None)
    assert len(vaults.opened(ring)) == len(vaults.secrets) + 1 and len(ring.keys) == 1


def test_a_key_in_the_environment_is_rotated_once_the_new_one_stands_before_it(
    tmp_path: Path, vaults: Vaults
) -> None:
    old, new = sealing.make(), sealing.make()
    vaults.fill(old, 2)
    alone = json.dumps(old.document())
    with vaults.rotate(tmp_path, NETRAVEN_SECRET_KEY=alone) as process:
        assert process.ended(within=60) == 1
        assert "set the variable to" in process.text() and old.document()["d"] not in process.text()
    both = json.dumps({"keys": [new.document(), old.document()]})
    with vaults.rotate(tmp_path, NETRAVEN_SECRET_KEY=both) as process:
        assert process.ended(within=60) == 0, process.text()
        assert "take it out of NETRAVEN_SECRET_KEY" in process.text()
    assert vaults.opened(new) == vaults.secrets and vaults.opened(old) == {}


def test_a_file_that_cannot_be_written_is_told_before_anything_is_done(
    vaults: Vaults, settings_for: Callable[..., Any]
) -> None:
    ring = ring_of(settings_for, vaults)
    vaults.fill(PrivateKey(ring.document()), 1)
    before = vaults.rows()
    beside = KeyRing(lambda: ring.keys, Path("/proc/nowhere/key.json"))
    with pytest.raises(CannotRotate, match="cannot be written"):
        rotation.rotate(beside, vaults.database, lambda _: None, lambda _: None)
    assert vaults.rows() == before

"""The key that opens device secrets: made for its owner alone, and its public half for everybody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netraven_chassis.sealing import PrivateKey, PublicKey
from tests.cli.conftest import Command


@pytest.fixture
def netraven(tmp_path: Path) -> Command:
    """The command, with no server anywhere."""
    return Command(tmp_path, "http://127.0.0.1:1")


def test_a_new_key_opens_what_its_public_half_has_sealed(netraven: Command, tmp_path: Path) -> None:
    private, public = tmp_path / "private.json", tmp_path / "public.json"
    assert netraven("keys", "make", "--to", str(private)).status == 0
    done = netraven("keys", "public", "--to", str(public), NETRAVEN_SECRET_KEY_FILE=str(private))
    assert done.status == 0, done.err
    sealed = PublicKey(json.loads(public.read_text())).seal(b"hunter2")
    assert PrivateKey(json.loads(private.read_text())).open(sealed) == b"hunter2"
    assert private.stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads(public.read_text())


def test_a_key_that_is_there_is_not_overwritten(netraven: Command, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text("precious")
    done = netraven("keys", "make", "--to", str(path))
    assert done.status == 1 and "cannot write" in done.said and path.read_text() == "precious"


def test_every_key_is_another_one(netraven: Command) -> None:
    first, second = (netraven("keys", "make").json for _ in range(2))
    assert first["kty"] == "EC" and first["d"] != second["d"]


def test_an_image_makes_its_key_once_and_gives_the_public_half_away(tmp_path: Path) -> None:
    public = tmp_path / "public.json"
    told = []
    for _ in range(2):
        command = [sys.executable, "-m", "netraven_chassis", "keys", "--public", str(public)]
        subprocess.run(command, env={"NETRAVEN_DATA": str(tmp_path / "data")}, check=True, timeout=120)
        told.append(json.loads(public.read_text()))
    private = json.loads((tmp_path / "data" / "secret-key.json").read_text())
    assert told[0] == told[1] and told[0]["x"] == private["x"] and "d" not in told[0]


@pytest.mark.parametrize("command", [("keys", "rotate"), ("rebuild", "devices")])
def test_where_no_system_has_run_nothing_is_made_and_nothing_is_said_to_be_done(
    netraven: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "elsewhere"
    done = netraven(*command, NETRAVEN_DATA=str(folder), MONGODB_URI="")
    assert (done.status, done.out) == (2, "")
    assert str(folder) in done.said and "no system has run" in done.said
    assert not folder.exists()

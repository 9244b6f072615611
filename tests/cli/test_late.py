"""A command waits for its own modules and not for those of others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from netraven_cli import devices
from netraven_cli.commands import COMMANDS, assemble
from tests.cli.test_client import Answers, somebody_else

# What the command has read when it is over.
SCRIPT = """
import json, sys
from netraven_cli.main import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
OF_OTHERS = {f"netraven_cli.{room}" for room in ("importing", "reaching", "jobs", "watching", "follow", "up")}
HEAVY = {"pydantic", "rich.progress", "rich.markdown", "pygments", "cryptography", "netraven_chassis"}
HTTP = {"requests", "urllib3", "http.client", "netraven_cli.client"}
SERVICES = {"eventlet", "nameko", "pymongo", "kombu", "marshmallow", "structlog"}
NO_DEVICES: Answers = [(200, {}, '{"status": "success", "data": [], "total": 0}')]


def read_by(folder: Path, *arguments: str, **env: str) -> tuple[str, set[str]]:
    """What a command prints, and all modules that are there at its end."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    child_env = {**os.environ, "XDG_CONFIG_HOME": str(folder), "TERM": "dumb", **env}
    done = subprocess.run(command, env=child_env, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, set(json.loads(done.stderr.splitlines()[-1]))


def test_a_command_reads_neither_the_modules_of_others_nor_what_it_does_not_need(tmp_path: Path) -> None:
    with somebody_else(NO_DEVICES) as (url, _):
        told, modules = read_by(tmp_path, "devices", "list", "--size", "7", NETRAVEN_URL=url)
    assert "0 devices" in told and "netraven_cli.listing" in modules
    assert modules & (OF_OTHERS | HEAVY | SERVICES) == set()


def test_a_script_that_takes_json_does_not_wait_for_what_draws_tables(tmp_path: Path) -> None:
    with somebody_else(NO_DEVICES) as (url, _):
        told, modules = read_by(tmp_path, "devices", "list", "--json", NETRAVEN_URL=url)
    assert json.loads(told) == [] and not any(name.split(".")[0] == "rich" for name in modules)


def test_the_help_knows_every_room_and_reads_nothing_that_asks_a_server_or_is_one(tmp_path: Path) -> None:
    told, modules = read_by(tmp_path, "--help")
    assert "devices" in told and {f"netraven_cli.{room}" for room, _, _ in COMMANDS.values()} <= modules
    assert modules & (HTTP | SERVICES | {"pydantic"}) == set()


@pytest.mark.parametrize(
    ("words", "table"), [(["--help"], COMMANDS), (["devices", "--help"], devices.COMMANDS)]
)
def test_the_help_has_a_line_about_every_command(words: list[str], table: Mapping[str, Any]) -> None:
    shown = CliRunner().invoke(assemble(), words, env={"COLUMNS": "300", "TERM": "dumb"}).stdout
    told = dict(line.strip("│ ").partition(" ")[::2] for line in shown.splitlines())
    assert all(told[name].strip() for name in table), shown


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("netraven de", {"devices"}),
        ("netraven devices ", set(devices.COMMANDS)),
        ("netraven jobs r", {"run", "retry"}),
    ],
)
def test_a_shell_is_offered_every_command(tmp_path: Path, line: str, offered: set[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    command = Path(sys.executable).with_name("netraven")
    env = {**os.environ, **words, "_NETRAVEN_COMPLETE": "complete_bash"}
    done = subprocess.run([command], env=env, capture_output=True, text=True, timeout=120, check=True)
    assert set(done.stdout.split()) == offered


def test_a_command_that_is_misspelt_is_told_the_right_one() -> None:
    done = CliRunner().invoke(assemble(), ["device", "list"], env={"TERM": "dumb"})
    assert done.exit_code == 2 and "'devices'" in done.stderr

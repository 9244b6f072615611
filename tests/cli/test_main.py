"""The command ends without a traceback from its first line on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Ctrl-C comes while a module of the command is looked for.
SCRIPT = """
import signal, sys
from netraven_cli.main import main
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[1:] = ["devices", "list"]
main()
"""


@pytest.mark.parametrize("module", ["typer", "netraven_cli.exits", "netraven_cli.devices", "requests"])
def test_ctrl_c_while_the_command_begins_is_no_traceback(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(module=module)], capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_letters_that_the_terminal_lacks_are_no_error_and_json_stays_whole(tmp_path: Path) -> None:
    folder = str(tmp_path / "Zürich")
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "NETRAVEN_DATA": folder, "TERM": "dumb"}
    told = {}
    for option in ((), ("--json",)):
        command = [sys.executable, "-m", "netraven_cli", "settings", *option]
        done = subprocess.run(command, capture_output=True, timeout=30, check=False, env=env)
        assert done.returncode == 0, done.stderr
        told[option] = done.stdout
    assert b"Z?rich" in b"".join(told[()].split())
    assert folder in {row["value"] for row in json.loads(told["--json",])}

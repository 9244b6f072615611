"""A test that fails has the servers that it used for witnesses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FAILING = """
import subprocess
import time

from tests.servers.server import Server


class Grumbler(Server):
    name = "grumbler"

    def launch(self):
        said = "echo all is well; echo an Error occurred"
        return subprocess.Popen(["sh", "-c", said], stdout=self.log.open("wb"))


def test_something(tmp_path):
    server = Grumbler(tmp_path / "grumbler").start()
    server.process.wait()
    assert "this is wrong" == ""
"""


def test_what_servers_complained_of_stands_in_the_report(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.witnesses import pytest_runtest_makereport\n")
    (tmp_path / "test_failing.py").write_text(FAILING)

    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    done = subprocess.run(
        [*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    _, _, said = done.stdout.partition("- grumbler said -")
    assert "an Error occurred\nand is not running" in said, done.stdout
    assert "all is well" not in said

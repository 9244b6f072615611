"""A test that fails has the servers that it used for witnesses."""

from __future__ import annotations

from pathlib import Path

from tests.house import inner

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
    out = inner.run(tmp_path, "from tests.witnesses import pytest_runtest_makereport", FAILING)

    _, _, said = out.partition("- grumbler said -")
    assert "an Error occurred\nand is not running" in said, out
    assert "all is well" not in said

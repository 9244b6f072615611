"""The commands that the README promises are the ones that the Makefile has and that CI runs."""

from __future__ import annotations

import re
import subprocess

from tests.house.tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout
    targets = re.findall(r"^\.PHONY: ([a-z]+)$", MAKEFILE, re.MULTILINE)
    assert {"run", "test", "lint", "bench", "clean"} <= set(targets)
    assert [target for target in targets if not re.search(rf"make {target} +\S", shown)] == []


def test_ci_runs_the_readmes_test_command_and_nothing_else() -> None:
    lines = [
        line
        for line in (ROOT / ".ci" / "run").read_text().splitlines()
        if not line.startswith(("#", "set", "cd"))
    ]
    assert [line for line in lines if line] == ["exec make test"]
    assert "make test" in (ROOT / "README.md").read_text()


def test_a_machine_without_a_new_enough_python_is_told_what_to_install() -> None:
    told = subprocess.run(
        ["make", "VENV=/nonexistent/env", "PYTHON=", "/nonexistent/env/bin/python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode != 0
    assert "apt-get install python3 python3-venv" in told.stdout

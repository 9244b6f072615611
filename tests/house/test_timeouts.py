"""A test that hangs fails alone, wherever it hangs, and the tests after it still have a working loop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

HANGING = """
import threading
import eventlet
import pytest

pytestmark = pytest.mark.timeout(1)

def test_asleep():
    eventlet.sleep(30)

def test_waiting_for_a_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def test_busy():
    while True:
        pass

def test_busy_in_another_greenthread():
    def spin():
        while True:
            pass
    eventlet.spawn(spin)
    eventlet.sleep(30)

def test_that_is_well():
    done = []
    eventlet.spawn(done.append, 1)
    eventlet.sleep(0.1)
    assert done == [1]
"""


@pytest.mark.slow
def test_a_test_that_hangs_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.timeouts import pytest_timeout_set_timer\n")
    (tmp_path / "test_hanging.py").write_text(HANGING)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            ROOT / "pyproject.toml",
            tmp_path,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "4 failed, 1 passed" in done.stdout.splitlines()[-1], done.stdout

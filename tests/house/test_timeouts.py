"""A test that hangs fails alone, wherever it hangs, and the tests after it still have a working loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import inner

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
    out = inner.run(tmp_path, "from tests.timeouts import pytest_timeout_set_timer", HANGING)

    assert "4 failed, 1 passed" in out.splitlines()[-1], out

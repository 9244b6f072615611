"""Which signals end a process: those that ask for it, and none that a library or a profiler handles."""

from __future__ import annotations

from pathlib import Path

from tests.chassis.process import Process

SCRIPT = """
import netraven_chassis.patch
import os, signal, eventlet
from netraven_chassis.stopping import StopSignal

stop = StopSignal(60)
stop.install()
signal.signal(signal.SIGUSR1, lambda *_: print("handled"))

def tell():
    os.kill(os.getpid(), signal.SIGUSR1)
    eventlet.sleep(0.2)
    print("still there")
    os.kill(os.getpid(), signal.SIGTERM)

eventlet.spawn(tell)
stop.wait()
print("ended")
"""


def test_a_signal_with_a_handler_of_its_own_does_not_end_the_process(tmp_path: Path) -> None:
    with Process(tmp_path, ["-c", SCRIPT]) as process:
        assert process.ended(within=30) == 0
        assert process.text().split("\n")[:3] == ["handled", "still there", "ended"]

"""A kept child: started again when it ends, later each time, told about, and ended when asked."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from netraven_chassis import children
from netraven_chassis.backoff import Backoff
from netraven_chassis.keeper import Keeper
from tests.patience import patience


def until(true: Callable[[], bool], keeper: Keeper, within: float = 30.0) -> None:
    deadline = time.monotonic() + patience(within)
    while not true():
        assert time.monotonic() < deadline
        keeper.tick()
        time.sleep(0.01)


def test_a_child_that_ends_is_started_again_and_it_is_told_why() -> None:
    keeper = Keeper(
        "sleeper", lambda: children.start(["sleep", "60"]), Backoff(first=0.1), why=lambda: "no air"
    )
    keeper.start()
    first = keeper.child
    assert first is not None
    with structlog.testing.capture_logs() as told:
        first.kill()
        until(lambda: keeper.starts == 2, keeper)
    assert keeper.running() and keeper.child is not first
    (told_of,) = [line for line in told if line.get("child") == "sleeper"]
    assert (told_of["what"], told_of["why"]) == ("ended with signal 9", "no air")
    assert keeper.stop(patience(5))
    assert not keeper.running()


def test_a_child_that_keeps_ending_is_not_started_in_a_spin() -> None:
    keeper = Keeper("failing", lambda: children.start(["false"]), Backoff(first=0.2, most=10))
    began = time.monotonic()
    keeper.start()
    with structlog.testing.capture_logs() as told:
        until(lambda: keeper.starts == 4, keeper)
    assert time.monotonic() - began >= 0.1 + 0.2 + 0.4
    waits = [line["seconds"] for line in told if line.get("child") == "failing"]
    assert waits == sorted(waits) and len(waits) == 3
    keeper.stop(5)


def test_a_child_that_cannot_be_started_again_is_tried_again() -> None:
    programs = iter([["sleep", "60"], ["no-such-program"], ["sleep", "60"]])

    def launch() -> subprocess.Popen[bytes]:
        return children.start(next(programs))

    keeper = Keeper("sleeper", launch, Backoff(first=0.05))
    keeper.start()
    assert keeper.child is not None
    keeper.child.kill()
    until(lambda: keeper.starts == 2, keeper)
    keeper.stop(5)


def test_a_child_that_cannot_be_started_at_first_is_the_callers_matter() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        Keeper("none", lambda: children.start(["no-such-program"])).start()


def test_a_child_that_will_not_end_is_killed_in_time(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    script = f"trap '' TERM; touch {deaf}; while :; do sleep 0.1; done"
    keeper = Keeper("deaf", lambda: children.start(["sh", "-c", script]))
    keeper.start()
    until(deaf.exists, keeper)
    assert keeper.stop(0.5) is False
    assert keeper.child is not None and keeper.child.returncode == -signal.SIGKILL


def test_a_frozen_child_can_still_be_ended() -> None:
    keeper = Keeper("frozen", lambda: children.start(["sleep", "60"]))
    keeper.start()
    assert keeper.child is not None
    keeper.child.send_signal(signal.SIGSTOP)
    assert keeper.stop(patience(5)) is True

"""Child processes: they get what they are given, end when asked, and never outlive whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netraven_chassis import children
from tests.patience import patience, until


def test_a_child_gets_its_arguments_and_its_environment_and_writes_into_its_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for word in ("one", "two"):
        child = children.start(["sh", "-c", 'echo "$0 $WORD"; echo oops >&2', "a b"], log, {"WORD": word})
        assert children.wait(child, patience(5)) and child.returncode == 0
    assert log.read_text() == "a b one\noops\na b two\noops\n"


def test_a_child_is_in_a_session_of_its_own_so_that_ctrl_c_reaches_only_us() -> None:
    child = children.start(["sleep", "60"])
    until(lambda: os.getsid(child.pid) == child.pid)
    assert children.end(child, patience(5))


def test_a_program_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        children.start(["no-such-program"])


def test_a_child_that_has_ended_needs_no_end() -> None:
    child = children.start(["true"])
    assert children.wait(child, patience(5))
    assert children.end(child, 0.1) is True
    assert child.returncode == 0


def test_waiting_for_a_child_that_goes_on_ends_in_time() -> None:
    child = children.start(["sleep", "3600"])
    assert children.wait(child, 0.2) is False
    children.end(child, 5)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_parent_however_that_ends(how: signal.Signals) -> None:
    script = (
        "import sys, time, signal; from netraven_chassis import children\n"
        "how = signal.Signals(int(sys.argv[1]))\n"
        "print(children.start(['sleep', '60'], dies_with_us=how).pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(int(how))], stdout=subprocess.PIPE)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    parent.kill()
    parent.communicate()
    until(lambda: not Path(f"/proc/{pid}").exists())

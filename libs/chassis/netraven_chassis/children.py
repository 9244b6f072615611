"""Child processes that never outlive us: how one is started, asked to end and, if it must be, ended.

Nothing here knows what the child is. Linux only, as the rest of the house.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

# The child binds itself to us and becomes the program. A preexec_fn would do without this step, but runs
# Python between fork and exec, which neither threads nor eventlet allow. PR_SET_PDEATHSIG is 1; when the
# parent ended before the call, no signal will ever come, hence the look at who the parent is.
_BIND = (
    "import ctypes, os, sys;"
    "ctypes.CDLL(None).prctl(1, int(sys.argv[1]));"
    "os.getppid() == int(sys.argv[2]) or os._exit(1);"
    "os.execv(sys.argv[3], sys.argv[3:])"
)


def start(
    argv: Sequence[str],
    output: Path | IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
    dies_with_us: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own; the kernel sends it `dies_with_us` when the calling thread ends.

    `output` takes both its streams: a file to append to, an open file or descriptor, or None for ours.
    Raises FileNotFoundError when there is no such program.
    """
    if isinstance(output, Path):
        with output.open("ab") as log:
            return start(argv, log, env, dies_with_us)
    program = shutil.which(argv[0])
    if program is None:
        raise FileNotFoundError(f"no program called {argv[0]}")
    bind = [sys.executable, "-I", "-S", "-c", _BIND, str(int(dies_with_us)), str(os.getpid())]
    return subprocess.Popen(
        [*bind, program, *argv[1:]],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=None if env is None else dict(env),
        start_new_session=True,
    )


def end(child: subprocess.Popen[bytes], within: float, ask: signal.Signals = signal.SIGTERM) -> bool:
    """Ask the child to end and wait `within` seconds; then kill it. True when asking was enough."""
    if child.poll() is not None:
        return True
    # A stopped process handles nothing but SIGKILL, so wake it first.
    child.send_signal(signal.SIGCONT)
    child.send_signal(ask)
    if wait(child, within):
        return True
    child.kill()
    child.wait()
    return False


def wait(child: subprocess.Popen[bytes], within: float) -> bool:
    """Wait until the child has ended, `within` seconds at most; whether it has."""
    deadline = time.monotonic() + within
    while child.poll() is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True

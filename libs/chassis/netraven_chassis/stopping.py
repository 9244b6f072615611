"""How a process learns that it is to end: signals, turned into an event that greenthreads can wait for.

A Python signal handler runs only when the interpreter does; a hub that sleeps in the kernel would notice
late. The wake-up pipe ends that sleep.
"""

from __future__ import annotations

import atexit
import os
import signal
from types import FrameType

import eventlet
from eventlet.event import Event
from eventlet.hubs import trampoline

_ENDING = {signal.SIGTERM, signal.SIGINT}


class StopSignal:
    """Waits for SIGTERM or SIGINT; a second one ends the process at once.

    A process that is still there `limit` seconds after the first is ended, even one whose hub is stuck.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._told = False
        self._event = Event()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)

    def install(self) -> None:
        """Take over both signals. Main thread only."""
        for number in _ENDING:
            signal.signal(number, self._on_signal)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        eventlet.spawn(self._watch)

    def wait(self) -> None:
        """Return when the process is to end. Raises what `fail` was given."""
        self._event.wait()

    def fail(self, error: Exception) -> None:
        """Have the process end because of an error."""
        if not self._event.ready():
            self._event.send_exception(error)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._told:
            os._exit(128 + number)
        self._told = True
        _no_later_than(self._limit)

    def _watch(self) -> None:
        # The pipe carries the number of every signal that has a handler, a profiler's or a library's too.
        numbers = b""
        while not _ENDING & set(numbers):
            trampoline(self._reader, read=True)
            numbers = os.read(self._reader, 100)
        if not self._event.ready():
            self._event.send()


def _no_later_than(seconds: float) -> None:
    def give_up(_number: int, _frame: FrameType | None) -> None:
        # Not through the log: whoever hangs may hold its lock.
        os.write(2, f"netraven: did not end within {seconds:g} s, giving up\n".encode())
        os._exit(1)

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    # Who gets as far as this does end: an interpreter that clears up has no handler for the alarm any more.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)

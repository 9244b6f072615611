"""How tests wait, on a machine that has other work too. What is measured never stands here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

_LEAST = 2.0
_STALL = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.05  # seconds between two questions


def patience(seconds: float) -> float:
    """What takes `seconds` on an idle machine may take so many on this one, as busy as it is just now.

    With n processes for each core everything takes n times as long; the load average (Linux, one minute)
    is late in saying so, hence the double at least. A disk that is written to at once by several databases
    now and then lets everybody wait for a second, which no load average tells.
    """
    return seconds * max(_LEAST, os.getloadavg()[0] / (os.cpu_count() or 1)) + _STALL


def busy() -> bool:
    """Whether more wants to run just now than can: services may then rightly say that they are too slow."""
    return os.getloadavg()[0] > (os.cpu_count() or 1)


def until(true: Callable[[], Any], within: float = 30.0, told: Callable[[], str] | None = None) -> Any:
    """What `true` gives as soon as that is true; else the assertion that fails shows it, or what is `told`.

    `within`: seconds on an idle machine.
    """
    deadline, pause = time.monotonic() + patience(within), _FIRST_PAUSE
    while not (value := true()):
        assert time.monotonic() < deadline, told() if told is not None else f"still {value!r}"
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)  # a question may cost something
    return value

"""How long a test waits on a machine that has other work too. What is measured never stands here."""

from __future__ import annotations

import os

_LEAST = 2.0


def patience(seconds: float) -> float:
    """What takes `seconds` on an idle machine may take so many on this one, as busy as it is just now.

    With n processes for each core everything takes n times as long; the load average (Linux, one minute)
    is late in saying so, hence the double at least.
    """
    return seconds * max(_LEAST, os.getloadavg()[0] / (os.cpu_count() or 1))

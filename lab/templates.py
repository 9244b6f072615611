"""The configurations that the lab's devices start with, and how they are shown. Files in `configurations/`.

A template has {name}, and at its end the mark of its platform. {now}, {date}, {stamp}, {bytes} and {nonce}
are filled at each showing, so that what is volatile really changes.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

_FOLDER = Path(__file__).parent / "configurations"


def first_configuration(platform: str, name: str) -> str:
    """The configuration of a new device."""
    text = (_FOLDER / f"{platform}.cfg").read_text()
    return text.replace("{name}", name)


def shown(platform: str, text: str, now: float) -> str:
    """A configuration as the device shows it at `now` (UTC seconds)."""
    stamps = {
        "{now}": time.strftime("%H:%M:%S UTC %a %b %d %Y", time.gmtime(now)),
        "{date}": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)),
        "{stamp}": time.strftime("%a %b %d %H:%M:%S.000 UTC", time.gmtime(now)),
        "{bytes}": str(len(text)),
        "{nonce}": f"{now:.6f}".replace(".", ""),
    }
    return re.sub(r"\{(?:now|date|stamp|bytes|nonce)\}", lambda match: stamps[match[0]], text)

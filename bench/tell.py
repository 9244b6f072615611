"""What is being done just now, for whoever waits: lines on standard error, never in a result."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def tell(what: str) -> None:
    """Say it, with the seconds since the start."""
    print(f"[{time.monotonic() - _BEGAN:6.1f} s] {what}", file=sys.stderr, flush=True)

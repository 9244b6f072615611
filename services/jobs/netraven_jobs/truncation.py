"""Whether a configuration is whole. Pure: what to do with one that is not, others decide."""

from __future__ import annotations

import re

from netraven_jobs.platforms import platform

SHRUNK = 0.5
FELL = "by more than half"
_LEAST = 400
"""Octets: below that, half of it is nothing to go by."""


def check(platform_name: str, text: str, previous_size: int | None = None) -> str | None:
    """Why the configuration cannot be whole, or None when nothing speaks against it.

    `previous_size`: octets of the last good one of the same device, None when there is none.
    """
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "the device answered with nothing"
    row = platform(platform_name)
    if row is not None and row.end and not _ends(lines[-row.end_within :], row.end):
        return f"the end mark of {platform_name} is missing"
    size = len(text.encode("utf-8", "replace"))
    if previous_size is not None and previous_size >= _LEAST and size < previous_size * SHRUNK:
        return f"it fell from {previous_size:,} to {size:,} octets, {FELL}"
    return None


def _ends(lines: list[str], mark: str) -> bool:
    return any(re.search(mark, line) for line in lines)

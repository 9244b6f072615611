"""The logs' figures, measured in a process of their own."""

from __future__ import annotations

from dataclasses import asdict

from bench.apart import apart
from bench.effort import FULL, Effort
from bench.report import Table

_LIMIT_SECONDS = 1800.0


def run(effort: Effort) -> list[Table]:
    """Written and seen, open streams, pages."""
    found = apart("bench.logs.measured", job=asdict(effort), limit=_LIMIT_SECONDS)
    return [Table(**table) for table in found]


if __name__ == "__main__":
    print("\n".join(line for table in run(FULL) for line in table.lines()))

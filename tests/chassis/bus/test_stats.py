"""What an instance counts."""

from __future__ import annotations

from netraven_chassis.bus.stats import RESERVOIR, Counts


def test_nothing_done_is_nothing_to_tell():
    assert Counts().snapshot() == {"busy": 0, "handled": 0, "failed": 0, "p50_ms": None, "p99_ms": None}


def test_calls_are_busy_until_they_end():
    counts = Counts()
    counts.begin()
    counts.begin()
    counts.end(0.002, failed=True)
    assert counts.snapshot() == {"busy": 1, "handled": 1, "failed": 1, "p50_ms": 2.0, "p99_ms": 2.0}


def test_percentiles_are_of_the_latest_calls_only():
    counts = Counts()
    for n in range(RESERVOIR * 2):
        counts.begin()
        counts.end(60.0 if n < RESERVOIR else (n - RESERVOIR + 1) / 1000, failed=False)
    assert counts.handled == RESERVOIR * 2
    assert len(counts.seconds) == RESERVOIR
    assert (counts.percentile_ms(0.5), counts.percentile_ms(0.99)) == (501.0, 991.0)
    assert counts.percentile_ms(1.0) == 1000.0

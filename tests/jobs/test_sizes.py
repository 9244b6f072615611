"""By what the next configuration of a device is measured."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from netraven_jobs import sizes


def test_the_last_size_counts_and_only_for_what_the_device_ran_then(
    database: Database[dict[str, Any]],
) -> None:
    assert sizes.last(database, "d1", "cisco_ios") is None
    sizes.keep(database, "d1", "cisco_ios", 4000)
    sizes.keep(database, "d1", "cisco_ios", 5000)
    assert sizes.last(database, "d1", "cisco_ios") == 5000
    assert sizes.last(database, "d2", "cisco_ios") is None
    assert sizes.last(database, "d1", "arista_eos") is None
    sizes.keep(database, "d1", "arista_eos", 70)
    assert sizes.last(database, "d1", "cisco_ios") is None
    assert sizes.last(database, "d1", "arista_eos") == 70

"""How large each device's last whole configuration was: what the next one is measured by. No contents."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

SIZES = "configuration_sizes"
Documents = Database[dict[str, Any]]


def last(database: Documents, device_id: str, platform: str) -> int | None:
    """Octets of the device's last whole configuration; None before the first, or since it runs another
    system.
    """
    row = database[SIZES].find_one({"_id": device_id, "platform": platform}, {"size": 1})
    return None if row is None else int(row["size"])


def keep(database: Documents, device_id: str, platform: str, size: int) -> None:
    """Measure the next one by `size` octets."""
    database[SIZES].update_one(
        {"_id": device_id}, {"$set": {"platform": platform, "size": size}}, upsert=True
    )

"""Databases that one test leaves to the next: without documents, but with their collections and indexes.

To make a service's indexes takes longer than most tests do.
"""

from __future__ import annotations

from typing import Any

from pymongo.database import Database


def empty(database: Database[dict[str, Any]]) -> None:
    """Remove all documents, and the collections from which none can be removed."""
    for about in database.list_collections():
        name = about["name"]
        if name.startswith("system."):
            continue
        if about["type"] != "collection" or about["options"].get("capped"):
            database.drop_collection(name)
        else:
            database[name].delete_many({})

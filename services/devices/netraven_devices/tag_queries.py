"""The questions about tags. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_devices import present, reads
from netraven_devices.filters import TAG_FILTERS
from netraven_devices.finder import Finder
from netraven_devices.reads import Rows

_KEY, _ID = "key", "_id_"


def tag(store: BoundStore, tag_id: str, finder: Finder | None = None) -> dict[str, Any]:
    """A tag as it is shown. Raises NotFound."""
    rows = reads.find(store, "tags", {"_id": tag_id, **LIVE}, _ID)
    if not rows:
        raise NotFound("there is no tag with this id; it may have been deleted")
    return present.tag(rows[0], device_count(store, tag_id, finder))


def tags(
    store: BoundStore,
    wanted: Mapping[str, Any],
    page: int,
    size: int,
    sort: Sequence[str],
    finder: Finder | None = None,
) -> tuple[Rows, int]:
    """A page of tags and how many there are on all pages."""
    query = {**LIVE, "$and": [TAG_FILTERS[name](value) for name, value in wanted.items()] or [{}]}
    # There are few tags, so they are sorted here; only what is shown, or sorted by, is counted.
    rows = reads.find(store, "tags", query, _KEY)
    counts: dict[str, int] = {}
    if any(word.removeprefix("-") == "device_count" for word in sort):
        counts = {row["_id"]: device_count(store, row["_id"], finder) for row in rows}
    for word in reversed(sort or ("name",)):
        rows.sort(key=_weight(word.removeprefix("-"), counts), reverse=word.startswith("-"))
    shown = rows[(page - 1) * size : page * size]
    left = [row["_id"] for row in shown if row["_id"] not in counts]
    missing = {tag_id: device_count(store, tag_id, finder) for tag_id in left}
    return [present.tag(row, {**counts, **missing}[row["_id"]]) for row in shown], len(rows)


def _weight(name: str, counts: Mapping[str, int]) -> Callable[[dict[str, Any]], Any]:
    if name == "device_count":
        return lambda row: counts[row["_id"]]
    if name in ("created_at", "updated_at"):
        return lambda row: row[name]
    return lambda row: (row[name] or "").casefold()


def device_count(store: BoundStore, tag_id: str, finder: Finder | None = None) -> int:
    """How many devices have the tag now; counted in memory where there is a finder that is ready."""
    if finder is not None and finder.ready:
        return len(finder.up_to_date(store.core).having("tags", tag_id))
    return reads.count(store, "devices", {**LIVE, "tags": tag_id}, "tags")


def tagged(store: BoundStore, tag_id: str, most: int) -> list[str]:
    """The ids of devices that have the tag, at most so many."""
    rows = reads.find(store, "devices", {**LIVE, "tags": tag_id}, "tags", {"_id": 1}, most)
    return [row["_id"] for row in rows]


def called(store: BoundStore, words: Sequence[str]) -> list[str]:
    """The ids of the tags with these names or ids; a word that no tag has is given back, and no tag's id."""
    known = named(store, words)
    return [known[word][0] if word in known else word for word in words]


def named(store: BoundStore, words: Sequence[str]) -> dict[str, tuple[str, str]]:
    """{word: (id, name)} for those of `words` that are the name, whatever its case, or the id of a tag."""
    if not words:
        return {}
    by_name = {**LIVE, "key": {"$in": [word.casefold() for word in words]}}
    rows = reads.find(store, "tags", by_name, _KEY, {"key": 1, "name": 1})
    found = {
        word: (row["_id"], row["name"]) for row in rows for word in words if word.casefold() == row["key"]
    }
    # No name looks like an id, so only what is left can be one.
    left = [word for word in words if word not in found]
    if left:
        rows = reads.find(store, "tags", {**LIVE, "_id": {"$in": left}}, _ID, {"name": 1})
        found.update({row["_id"]: (row["_id"], row["name"]) for row in rows})
    return found

"""What filters and orders mean to the database, and by which index an answer is found. Pure: nothing is
asked.

Left alone, mongod tries every index of a fleet's documents before it answers, for all begin with the same
field. We know which one it must be, so each question names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netraven_chassis.views import LIVE
from netraven_devices.documents import UNKNOWN, ip_number
from netraven_devices.views import DEVICE_INDEXES

Query = dict[str, Any]
Order = dict[str, int]

FEW = 2000  # so many documents are fetched and sorted sooner than a page of a large fleet is found in order
PULSED = {"last_ping": "pulse.last_ping", "latency_ms": "pulse.latency_ms"}
_STORED = {"ip_address": "ip_number", **PULSED}

# Fields with an index that a filter can use, the likely narrowest first.
_NARROW_FIRST = ("ip_number", "serial", "name", "tags", "location", "platform", "status", "device_type")


def query(filters: Mapping[str, Any]) -> Query:
    """The query for filters as the contract loads them, tags as ids."""
    conditions = [FILTERS[name](value) for name, value in filters.items()]
    together: Query = dict(LIVE)
    for condition in conditions:
        for field, wanted in condition.items():
            if together.setdefault(field, wanted) != wanted:
                together.setdefault("$and", []).append({field: wanted})
    return together


def order(sort: Sequence[str]) -> Order:
    """The order of a page: the wanted fields, then the id in the last one's direction, so that pages never
    overlap.
    """
    wanted: Order = {}
    for word in sort or ("name",):
        name, direction = (word[1:], -1) if word.startswith("-") else (word, 1)
        wanted.setdefault(_STORED.get(name, name), direction)
    return {**wanted, "_id": list(wanted.values())[-1]}


def index_to_count(query: Query) -> str:
    """The index by which to count what a query finds."""
    if "_id" in query:
        return "_id_"
    return next((field for field in _NARROW_FIRST if field in query), "name")


def index_to_page(query: Query, order: Order, total: int) -> str:
    """The index by which to find a page in an order, when the query finds `total` documents.

    The best gives filter and order at once; else few are sorted, and of many the order is walked until the
    page is full.
    """
    if "_id" in query:
        return "_id_"
    fields = [field for field in order if field != "_id"]
    # An index can be walked in its order or in the opposite one, and in no other.
    straight = len(set(order.values())) == 1
    usable = [field for field in _NARROW_FIRST if field in query]
    both = [field for field in usable if straight and DEVICE_INDEXES[field] in ((field, *fields), (*fields,))]
    if both:
        return both[0]
    if straight and total > FEW:
        walked = [name for name, keys in DEVICE_INDEXES.items() if keys == (*fields,)]
        return (walked or usable or ["name"])[0]
    return (usable or ["name"])[0]


def _is(field: str) -> Callable[[Any], Query]:
    return lambda value: {field: value}


def _status_is(status: str) -> Query:
    return {"status": None if status == UNKNOWN else status}


def _part(text: str) -> Query:
    return {"$regex": re.escape(text), "$options": "i"}


FILTERS: Mapping[str, Callable[[Any], Query]] = {
    "name": _is("name"),
    "ip_address": lambda address: {"ip_number": ip_number(address)},
    "device_type": _is("device_type"),
    "location": _is("location"),
    "status": _status_is,
    "reachability": _status_is,
    "platform": _is("platform"),
    "serial": _is("serial"),
    "tag": lambda ids: {"tags": {"$all": ids}},
    "q": lambda part: {"search": {"$regex": re.escape(part.casefold())}},
}

TAG_FILTERS: Mapping[str, Callable[[Any], Query]] = {
    "name": lambda name: {"key": name.casefold()},
    "q": lambda part: {"$or": [{field: _part(part)} for field in ("name", "description")]},
}

"""Which devices a page shows, chosen in memory where that is possible: the database then brings only these.

What cannot be chosen here, an order by what no card has or a filter by status, is the database's to find.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from netraven_chassis.bound import BoundStore
from netraven_devices import filters, pulse, reads, tag_queries
from netraven_devices.cards import FILTERED, ORDERED, Cards
from netraven_devices.finder import Finder

# More are walked in their order by the database, which soon finds a page among so many; names are ours.
MOST_SORTED = 25_000
_MOST_IDS = 20_000  # a query that names more of them takes longer than one that looks into texts
_MONITOR = "monitor"  # whose verdicts change what a filter by status finds
_LAST_PING = {"pulse.last_ping", "_id"}


class Choice(NamedTuple):
    """What filters find: the query for the database, how many it finds, and their ids where memory knew."""

    query: filters.Query
    total: int
    ids: Collection[str] | None
    cards: Cards


def choose(store: BoundStore, finder: Finder, wanted: Mapping[str, Any]) -> Choice:
    """What these filters (without `at`) find."""
    cards = finder.up_to_date(store.core) if finder.ready else None
    if "tag" in wanted:
        wanted = {**wanted, "tag": tag_queries.called(store, wanted["tag"])}
    query = filters.query(wanted)
    if cards is None:
        return Choice(query, _count(store, query), None, Cards())
    if wanted.keys() <= FILTERED:
        ids = cards.found(wanted)
        return Choice(query, len(ids), ids, cards)
    known = {name: value for name, value in wanted.items() if name in FILTERED}
    if "q" in known and len(ids := cards.found(known)) <= _MOST_IDS:
        query["_id"] = {"$in": list(ids)}
    mark = cards.position, store.core.followers()[_MONITOR].position
    return Choice(query, finder.counts.of(repr(query), mark, lambda: _count(store, query)), None, cards)


def _count(store: BoundStore, query: filters.Query) -> int:
    return reads.count(store, "devices", query, filters.index_to_count(query))


def page(
    store: BoundStore, finder: Finder, choice: Choice, order: filters.Order, skip: int, rows: int
) -> list[str] | None:
    """The ids of a page in their order; None when it is the database's to find them."""
    if choice.ids is None:
        return None
    if order.keys() == _LAST_PING and len(set(order.values())) == 1:
        return _by_last_ping(store, finder, choice, order["_id"] < 0, skip, rows)
    by_name = list(order) == ["name", "_id"] and len(set(order.values())) == 1
    if by_name or (order.keys() <= ORDERED and choice.total <= MOST_SORTED):
        return choice.cards.ordered(choice.ids, order, skip, rows)
    return None


def _by_last_ping(
    store: BoundStore, finder: Finder, choice: Choice, backwards: bool, skip: int, rows: int
) -> list[str]:
    """Whoever was never pinged counts as pinged before all others."""
    members = choice.ids if isinstance(choice.ids, set | frozenset) else set(choice.ids or ())
    never = finder.unpinged.of(store.database, choice.cards.everything(), choice.cards.changes)
    without = [device_id for device_id in never if device_id in members]
    end = skip + rows
    if backwards:
        found = pulse.latest(store.database, members, end, backwards)
        return [*found, *reversed(without)][skip:end] if len(found) < end else found[skip:]
    if end <= len(without):
        return without[skip:end]
    return [*without, *pulse.latest(store.database, members, end - len(without), backwards)][skip:end]

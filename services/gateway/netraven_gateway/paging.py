"""Which page of a list, and where its neighbours are. Pure: no database, no services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from netraven_contracts.paging import LAST_PAGE

_PAGING = ("page", "size", "limit")


def asked(query: Mapping[str, Any]) -> dict[str, Any]:
    """A list's parameters as its service takes them: filters, page, size and sort."""
    filters = {name: value for name, value in query.items() if name not in ("page", "size", "sort")}
    return {
        "filters": filters,
        "page": query["page"],
        "size": query["size"],
        "sort": query.get("sort", []),
    }


def named(parameters: Sequence[tuple[str, str]]) -> list[str]:
    """Those of a query's parameters that ask for one page of several."""
    return [name for name, value in parameters if name in _PAGING and value]


def pages(query: Mapping[str, Any]) -> dict[str, Any]:
    """Page and size alone, for a list that has neither filters nor another order."""
    return {"page": query["page"], "size": query["size"]}


def links(path: str, parameters: Sequence[tuple[str, str]], page: int, size: int, total: int) -> str | None:
    """The Link header of a page: first, prev, next and last, each with the filters. None for a single page.

    Parameters: `parameters`, the query as the client sent it, (name, value) pairs.
    """
    last = min(max(1, -(-total // size)), LAST_PAGE)
    if last == 1 and page == 1:
        return None
    pages = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    if page <= 1:
        del pages["prev"]
    if page >= last:
        del pages["next"]
    kept = [pair for pair in parameters if pair[0] not in _PAGING and pair[1]]
    return ", ".join(
        f'<{path}?{urlencode([*kept, ("page", number), ("size", size)])}>; rel="{name}"'
        for name, number in pages.items()
    )

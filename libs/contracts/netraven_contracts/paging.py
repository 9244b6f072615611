"""How a client asks for one page of a collection, in which order. No database and no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load

from netraven_contracts.body import Filters
from netraven_contracts.fields import Whole

DEFAULT_SIZE = 25
LARGEST_SIZE = 1000
LAST_PAGE = 1_000_000


class Sort(fields.Field[list[str]]):
    """`name,-last_ping`: keys in order of weight, a minus sign for descending.

    Parameters: `keys`, the names that may be sorted by. Loads to a list of the words as given.
    """

    def __init__(self, keys: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keys = keys
        word = f"-?({'|'.join(keys)})"
        self.metadata = {
            "type": "string",
            "pattern": f"^{word}(,{word})*$",
            "description": f"Comma-separated, `-` for descending: {', '.join(keys)}.",
            **self.metadata,
        }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> list[str]:
        words = str(value).split(",")
        if any(word.removeprefix("-") not in self.keys for word in words):
            raise ValidationError(
                f"can only sort by {', '.join(self.keys)}; put - before a key to turn it round"
            )
        # A key that is named again cannot change the order that its first mention gives.
        return list({word.removeprefix("-"): word for word in reversed(words)}.values())[::-1]


class PageQuery(Filters):
    """The parameters that every collection knows; a collection's own schema adds its filters.

    Loads to a dictionary with `page`, `size` and, where given, the rest. `limit` is a synonym for `size`.
    """

    page = Whole(1, LAST_PAGE, text=True, load_default=1, metadata={"description": "Which page, from 1."})
    size = Whole(
        1,
        LARGEST_SIZE,
        text=True,
        metadata={"description": "How many on a page.", "default": DEFAULT_SIZE},
    )
    limit = Whole(1, LARGEST_SIZE, text=True, metadata={"description": "Another word for `size`."})

    @post_load
    def _one_size(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        limit = data.pop("limit", None)
        if limit is not None and data.get("size", limit) != limit:
            raise ValidationError("says something else than size; give one of them", "limit")
        data.setdefault("size", limit or DEFAULT_SIZE)
        return data


def page_of(filters: type[Filters], keys: tuple[str, ...]) -> type[Filters]:
    """The parameters of a list: its `filters`, the page, and `sort` by any of `keys`."""
    return type(
        f"{filters.__name__}Page", (filters, PageQuery), {"sort": Sort(keys), "__doc__": filters.__doc__}
    )

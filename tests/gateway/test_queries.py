"""Parameters behind the question mark."""

from __future__ import annotations

import pytest
from marshmallow import fields

from netraven_contracts.body import Filters
from netraven_contracts.errors import ValidationFailed
from netraven_contracts.fields import Text
from netraven_contracts.paging import page_of
from netraven_gateway import queries
from netraven_gateway.queries import NoParameters


class Things(Filters):
    """Filters for a test."""

    name = Text()
    tag = fields.List(Text())


LIST = page_of(Things, ("name", "last_ping"))


def wrong(query: str) -> list[str]:
    with pytest.raises(ValidationFailed) as caught:
        queries.load(LIST, query)
    return list(caught.value.details)


def test_nothing_given_is_the_first_page_of_25() -> None:
    assert queries.load(LIST, "") == {"page": 1, "size": 25}


def test_parameters_are_loaded_and_limit_is_size() -> None:
    loaded = queries.load(LIST, "page=3&limit=7&sort=name,-last_ping&name=a%20b&tag=x&tag=y")
    assert loaded == {"page": 3, "size": 7, "sort": ["name", "-last_ping"], "name": "a b", "tag": ["x", "y"]}


def test_an_empty_value_counts_as_not_given() -> None:
    assert queries.load(LIST, "page=&size=&name=&tag=&sort=") == {"page": 1, "size": 25}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=1.5", "page"),
        ("page=99999999999999999999999", "page"),
        ("size=1001", "size"),
        ("size=0", "size"),
        ("limit=1001", "limit"),
        ("size=5&limit=6", "limit"),
        ("sort=color", "sort"),
        ("sort=--name", "sort"),
        ("color=red", "color"),
        ("name=a&name=b", "name"),
        ("name=%ff", "query"),
        ("name=%00", "name"),
        ("&".join(f"tag={number}" for number in range(300)), "query"),
    ],
)
def test_what_is_wrong_is_named(query: str, name: str) -> None:
    assert wrong(query) == [name]


def test_a_route_without_parameters_knows_none() -> None:
    assert queries.load(NoParameters, "") == {}
    with pytest.raises(ValidationFailed):
        queries.load(NoParameters, "x=1")


def test_the_same_query_is_loaded_once() -> None:
    assert queries.load(LIST, "page=2") is queries.load(LIST, "page=2")
    assert queries.load(LIST, f"name={'x' * 50}&tag={'y' * 50}") == queries.load(
        LIST, f"name={'x' * 50}&tag={'y' * 50}"
    )

"""Pages and their neighbours."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from netraven_gateway import paging


def found(link: str | None) -> dict[str, dict[str, list[str]]]:
    pairs = re.findall(r'<([^>]+)>; rel="(\w+)"', link or "")
    return {name: parse_qs(urlsplit(url).query) for url, name in pairs}


def test_a_page_in_the_middle_has_all_four_neighbours() -> None:
    links = found(paging.links("/api/devices", [], 2, 25, 638))
    assert {name: query["page"] for name, query in links.items()} == {
        "first": ["1"],
        "prev": ["1"],
        "next": ["3"],
        "last": ["26"],
    }
    assert links["next"]["size"] == ["25"]


def test_the_first_page_has_no_previous_and_the_last_no_next() -> None:
    assert set(found(paging.links("/x", [], 1, 10, 30))) == {"first", "next", "last"}
    assert set(found(paging.links("/x", [], 3, 10, 30))) == {"first", "prev", "last"}


def test_a_page_beyond_the_end_leads_back_to_the_last() -> None:
    assert found(paging.links("/x", [], 99, 10, 30))["prev"]["page"] == ["3"]
    assert found(paging.links("/x", [], 2, 10, 0))["last"]["page"] == ["1"]


def test_a_single_page_has_no_links() -> None:
    assert paging.links("/x", [], 1, 25, 25) is None
    assert paging.links("/x", [], 1, 25, 0) is None


def test_filters_stay_and_the_old_page_goes() -> None:
    given = [("tag", "a b"), ("tag", "ü"), ("page", "9"), ("limit", "3"), ("name", "")]
    links = found(paging.links("/x", given, 1, 3, 10))
    assert links["next"] == {"tag": ["a b", "ü"], "page": ["2"], "size": ["3"]}


def test_a_service_is_asked_for_filters_page_size_and_sort() -> None:
    assert paging.asked({"page": 1, "size": 2, "name": "a"}) == {
        "filters": {"name": "a"},
        "page": 1,
        "size": 2,
        "sort": [],
    }

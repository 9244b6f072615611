"""From method and path to a row."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from netraven_contracts.errors import MethodNotAllowed, NotFound
from netraven_gateway.router import Router


class Row(NamedTuple):
    method: str
    path: str


ROWS = [
    Row("GET", "/"),
    Row("GET", "/devices"),
    Row("POST", "/devices"),
    Row("GET", "/devices/{device_id}"),
    Row("GET", "/devices/{device_id}/status"),
    Row("POST", "/devices/bulk"),
    Row("GET", "/devices/export"),
    Row("GET", "/a/{x}/c"),
    Row("GET", "/a/b/d"),
]
ROUTER = Router(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_found_with_and_without_a_slash_at_its_end(row: Row) -> None:
    path = row.path.replace("{device_id}", "17").replace("{x}", "y")
    assert ROUTER.find(row.method, path)[0] == row
    if path != "/":
        assert ROUTER.find(row.method, f"{path}/")[0] == row


def test_named_segments_are_told() -> None:
    assert ROUTER.find("GET", "/devices/17/status")[1] == {"device_id": "17"}


def test_a_fixed_segment_goes_first_and_a_dead_end_is_left_again() -> None:
    assert ROUTER.find("GET", "/devices/export")[0].path == "/devices/export"
    assert ROUTER.find("GET", "/a/b/c") == (Row("GET", "/a/{x}/c"), {"x": "b"})


def test_head_finds_what_get_finds() -> None:
    assert ROUTER.find("HEAD", "/devices")[0] == Row("GET", "/devices")


@pytest.mark.parametrize(
    "path", ["/nothing", "/devices//", "//devices", "/devices/1/2/3", "", "*", "/Devices", "/a/b"]
)
def test_other_paths_are_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.find("GET", path)


def test_other_methods_are_told_which_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        ROUTER.find("DELETE", "/devices/")
    assert caught.value.details == {"allow": ["GET", "HEAD", "OPTIONS", "POST"]}
    assert ROUTER.allowed("/devices/bulk") == ["OPTIONS", "POST"]


def test_a_table_that_contradicts_itself_is_no_table() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router([Row("GET", "/a"), Row("GET", "/a")])
    with pytest.raises(ValueError, match="same place"):
        Router([Row("GET", "/a/{x}"), Row("GET", "/a/{y}/b")])

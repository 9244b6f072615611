"""A table of devices: its columns in any order, its cells, and back again without a change."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_contracts.device_file import COLUMNS, BadTable, body, cells, columns, delimiter

LEAST = ["name", "ip_address", "device_type", "location"]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_separator_is_the_one_that_gives_the_columns(mark: str) -> None:
    assert delimiter(mark.join(LEAST)) == mark
    assert delimiter(mark.join(['"name"', *LEAST[1:], "a,b;c,d;e"])) == mark


def test_columns_come_in_any_order_and_case_and_read_only_ones_are_passed_over() -> None:
    heading = [" Location", "NAME", "id", "device_type ", "", "ip_address", "last_ping"]
    assert columns(heading) == ["location", "name", "", "device_type", "", "ip_address", ""]


@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        (LEAST[1:], "lacks name"),
        ([*LEAST, "Name"], "the column name is there twice"),
        ([*LEAST, "colour"], "column 5 is not known"),
        (["core-1", "10.0.0.1", "switch", "x"], "lacks name, ip_address, device_type, location"),
        ([], "lacks"),
    ],
)
def test_a_heading_that_cannot_be_is_told_without_repeating_it(heading: list[str], reason: str) -> None:
    with pytest.raises(BadTable, match=reason) as refused:
        columns(heading)
    assert "colour" not in str(refused.value) and "core-1" not in str(refused.value)


def test_a_row_is_a_body_without_its_empty_cells() -> None:
    names = ["name", "", "port", "tags", "notes"]
    assert body(names, ["a ", "x", "2222", "core; edge|a,", "  "]) == {
        "name": "a",
        "port": 2222,
        "tags": ["core", "edge", "a"],
    }
    assert body(names, ["a"]) == {"name": "a"}
    assert body(names, ["a", "", "many", "", "", " "]) == {"name": "a", "port": "many"}
    with pytest.raises(BadTable, match="more cells"):
        body(names, ["a", "", "", "", "", "b"])


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@x", "'=x", "''@", "it's", "'quoted'", "a=b", "Zürich"]
)
def test_what_is_written_is_read_back_and_no_formula_stands_at_a_beginning(text: str) -> None:
    device: dict[str, Any] = {
        "name": text,
        "ip_address": "10.0.0.1",
        "port": 22,
        "tags": ["a", "b"],
        "notes": None,
    }
    row = cells(device)
    assert not row[0].startswith(("=", "+", "-", "@"))
    assert body(COLUMNS, row) == {name: value for name, value in device.items() if value is not None}

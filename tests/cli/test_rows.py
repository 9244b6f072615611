"""Files of devices: what people and spreadsheets make of CSV, JSON, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netraven_cli import rows
from netraven_cli.exits import Exit, Stop

CORE: dict[str, Any] = {
    "name": "core-1",
    "ip_address": "10.0.0.1",
    "device_type": "router",
    "location": "Zurich",
}
HEADING = "name,ip_address,device_type,location"


def read(folder: Path, content: str | bytes, name: str = "fleet.csv") -> list[dict[str, Any]]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [row.fields for row in rows.read(path)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_csv_is_read_as_any_spreadsheet_writes_it(tmp_path: Path, delimiter: str, ending: str) -> None:
    lines = [HEADING.upper(), "core-1,10.0.0.1,router,Zurich", ""]
    text = "\ufeff" + ending.join(lines).replace(",", delimiter)
    assert read(tmp_path, text) == [CORE]


def test_rows_have_the_numbers_that_a_spreadsheet_gives_them(tmp_path: Path) -> None:
    (tmp_path / "fleet.csv").write_text(f"{HEADING}\n\na,10.0.0.1,router,Z\n,,,\n\nb,10.0.0.2,router,Z\n")
    assert [row.number for row in rows.read(tmp_path / "fleet.csv")] == [2, 5]


def test_tags_are_split_ports_are_numbers_and_empty_cells_are_not_there(tmp_path: Path) -> None:
    text = f'{HEADING},tags,port,notes\ncore-1,10.0.0.1,router,Zurich,core; edge ;,2222,\n"",,,,,,\n'
    assert read(tmp_path, text) == [{**CORE, "tags": ["core", "edge"], "port": 2222}]


def test_a_cell_may_hold_commas_quotes_and_lines(tmp_path: Path) -> None:
    text = f'{HEADING},notes\ncore-1,10.0.0.1,router,"Zurich, rack 4","said ""no""\ntwice"\n'
    (row,) = read(tmp_path, text)
    assert (row["location"], row["notes"]) == ("Zurich, rack 4", 'said "no"\ntwice')


def test_what_is_odd_in_a_row_is_left_for_the_server_to_say(tmp_path: Path) -> None:
    text = f"{HEADING},port\ncore-1,10.0.0.1,router,Zurich,ssh\ncore-2,10.0.0.2,router,Zurich,22,more\n"
    assert read(tmp_path, text) == [{**CORE, "port": "ssh"}, {}]
    (_, row) = rows.read(tmp_path / "fleet.csv")
    assert row.problem is not None and "more cells" in row.problem


def test_json_may_be_a_list_or_an_answer_of_the_api(tmp_path: Path) -> None:
    assert read(tmp_path, '[{"name": "core-1"}]', "fleet.json") == [{"name": "core-1"}]
    assert read(tmp_path, '{"status": "success", "data": [{"name": "core-1"}]}', "a.JSON") == [
        {"name": "core-1"}
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("fleet.csv", "name,location\ncore-1,Zurich\n", "lacks ip_address, device_type"),
        ("fleet.csv", "", "lacks name"),
        ("fleet.csv", f'{HEADING}\n"a,b,c,d', "is not CSV"),
        ("fleet.csv", b"\xff\xfe\x00", "is not UTF-8"),
        ("fleet.json", "{", "is not JSON"),
        ("fleet.json", '{"data": 1}', "must hold a list of objects"),
        ("fleet.json", "[1]", "must hold a list of objects"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    with pytest.raises(Stop, match=told) as caught:
        read(tmp_path, content, name)
    assert caught.value.exit is Exit.USAGE

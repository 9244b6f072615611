"""Uploaded files row by row: what they hold, and what is wrong with those that are not what they say."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from netraven_contracts.errors import ValidationFailed
from netraven_gateway.tables import LARGEST_ROW, rows

HEAD = b"name,ip_address,device_type,location\n"


def read(raw: bytes, kind: str) -> list[Any]:
    return [row.body if row.problem is None else row.problem for row in rows(io.BytesIO(raw), kind)]


def refusal(raw: bytes, kind: str) -> str:
    with pytest.raises(ValidationFailed) as refused:
        read(raw, kind)
    assert b"canary" not in repr(refused.value).encode()
    return str(refused.value.details["file"][0])


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_csv_file_with_or_without_its_mark(mark: bytes, ending: str) -> None:
    text = ending.join(
        ["Location;name;ip_address;device_type", 'Zürich;"a;""b""\nc";10.0.0.1;router', "", "x;y;z;w"]
    )
    assert read(mark + text.encode(), "csv") == [
        {"location": "Zürich", "name": 'a;"b"\nc', "ip_address": "10.0.0.1", "device_type": "router"},
        {"location": "x", "name": "y", "ip_address": "z", "device_type": "w"},
    ]


def test_rows_are_numbered_from_one_without_the_heading() -> None:
    found = list(rows(io.BytesIO(HEAD + b"a,b,c,d\n\n,,,\na,b,c,d,e\n"), "csv"))
    assert [(row.number, row.problem is None) for row in found] == [(1, True), (4, False)]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"PK\x03\x04canary", "workbook"),
        (b"\x1f\x8bcanary", "gzip"),
        ("name,ip".encode("utf-16"), "UTF-16"),
        (HEAD + b"can\xe9ry,x,y,z\n", "UTF-8"),
        (HEAD, "no rows"),
        (HEAD + b"\n,,,\n", "no rows"),
        (b'[{"name": "canary"}]', "lacks name"),
        (b"canary", "lacks name"),
        (HEAD + b'"canary,x,y,z\n', "quote"),
        (HEAD + b'"canary"x,y,z,w\n', "quote"),
        (HEAD + b"canary" * 50_000 + b",x,y,z\n", "endless"),
        (b"\x00" * 100, "lacks name"),
    ],
)
def test_what_is_no_csv_is_told(raw: bytes, reason: str) -> None:
    assert reason in refusal(raw, "csv")


def test_a_json_list_of_any_length_comes_row_by_row() -> None:
    wanted: list[Any] = [{"name": f"n{number}", "text": 'ü]\\"' * (number % 50)} for number in range(3000)]
    wanted[7] = {"interfaces": ["x" * 90] * 4000}
    wanted[8:11] = [1, None, ["a"]]
    for raw in (json.dumps(wanted), json.dumps(wanted, indent=3, ensure_ascii=False)):
        assert read(raw.encode(), "json") == wanted
    assert read(b"\xef\xbb\xbf [1234567] \n", "json") == [1234567]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (HEAD + b"canary,x,y,z\n", "JSON list"),
        (b"", "JSON list"),
        (b'{"devices": "canary"}', "JSON list"),
        (b"[]", "no rows"),
        (b'["canary"', "row 2|behind row 1"),
        (b'["canary" "b"]', "behind row 1"),
        (b'["canary",]', "row 2"),
        (b'["canary"] x', "goes on"),
        (b'[{"a": "canary", "a": 1}]', "twice"),
        (b"[" * 200_000, "nested"),
        (b'["' + b"canary" * LARGEST_ROW + b'"]', "larger than"),
        (b"\xff\xfe[\x00]\x00", "UTF-16"),
        (b'["can\xe9ry"]', "UTF-8"),
    ],
)
def test_what_is_no_json_list_is_told(raw: bytes, reason: str) -> None:
    assert any(one in refusal(raw, "json") for one in reason.split("|"))


def test_a_row_that_is_too_large_is_its_own_problem() -> None:
    text = json.dumps(["x" * (LARGEST_ROW + 1), 1])
    assert read(text.encode(), "json") == [f"is larger than {LARGEST_ROW} characters", 1]


def test_a_row_that_is_not_strict_json_is_its_own_problem() -> None:
    assert read(b'[{"a": NaN}, {"a": "\\ud800"}, {"a": 1}]', "json") == ["is not strict JSON"] * 2 + [
        {"a": 1}
    ]

"""API tokens by their digests in a real database."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from netraven_auth import token_rows
from netraven_auth.token_rows import TokenRows
from netraven_chassis.access import api_token_digest


@pytest.fixture
def rows(database: Any) -> TokenRows:
    made = TokenRows(database)
    made.prepare()
    return made


def digest(text: str) -> str:
    return api_token_digest(text) or ""


def test_a_token_is_found_by_its_digest_until_it_is_forgotten(rows: TokenRows) -> None:
    text = rows.make("t1")
    assert rows.find(digest(text)) == "t1"
    rows.forget("t1")
    assert rows.find(digest(text)) is None
    assert rows.find("") is None


def test_a_token_has_several_texts_and_loses_them_together(rows: TokenRows) -> None:
    texts = [rows.make("t1"), rows.make("t1")]
    other = rows.make("t2")
    assert [rows.find(digest(text)) for text in (*texts, other)] == ["t1", "t1", "t2"]
    rows.forget("t1")
    assert [rows.find(digest(text)) for text in (*texts, other)] == [None, None, "t2"]


def test_the_last_use_is_noted_at_most_once_a_minute(
    rows: TokenRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rows.last_used(["t1"]) == {}
    rows.used("t1")
    first = rows.last_used(["t1", "t2"])
    assert abs(first["t1"] - time.time() * 1000) < 60_000
    rows.used("t1")
    assert rows.last_used(["t1"]) == first
    monkeypatch.setattr(token_rows, "USED_STEP", timedelta())
    time.sleep(0.01)
    rows.used("t1")
    assert rows.last_used(["t1"])["t1"] > first["t1"]


def test_the_database_has_no_token(database: Any, rows: TokenRows) -> None:
    text = rows.make("t1")
    assert text not in str(list(database["api_tokens"].find()))

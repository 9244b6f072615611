"""Rows of hashes, which nothing but their ids leave."""

from __future__ import annotations

from typing import Any

from netraven_auth.password_rows import PasswordRows


def test_a_row_is_read_by_its_id_until_it_is_forgotten(database: Any) -> None:
    rows = PasswordRows(database)
    one, other = rows.keep("hash one"), rows.keep("hash other")
    assert (rows.read(one), rows.read(other), rows.read("none")) == ("hash one", "hash other", None)
    rows.forget({one})
    assert (rows.read(one), rows.read(other)) == (None, "hash other")


def test_a_better_hash_replaces_the_one_it_was_made_for_only(database: Any) -> None:
    rows = PasswordRows(database)
    one = rows.keep("old")
    rows.improve(one, "something else", "worse")
    assert rows.read(one) == "old"
    rows.improve(one, "old", "better")
    assert rows.read(one) == "better"

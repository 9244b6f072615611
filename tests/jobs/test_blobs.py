"""Texts by what they contain, on a real database: once, in parts where needed, and gone only when old."""

from __future__ import annotations

import hashlib
import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import pytest
from pymongo.database import Database

from netraven_contracts.errors import NotFound
from netraven_jobs import blobs

Documents = Database[dict[str, Any]]
LATER = datetime.now(UTC) + timedelta(days=1)


def noise(octets: int) -> str:
    """A text that does not compress to less than half."""
    return random.Random(7).randbytes(octets // 2).hex()


def test_a_text_is_kept_once_under_its_sha256_and_compressed(database: Documents) -> None:
    text = "interface Gi0/1\n no shutdown\n" * 1000
    first, second = blobs.put(database, text), blobs.put(database, text)
    assert first == second
    assert first.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (first.size, first.lines) == (len(text), 2000)
    assert blobs.text(database, first.sha256) == text
    (row,) = database[blobs.BLOBS].find()
    assert len(row["data"]) < first.size / 20


@pytest.mark.parametrize(("text", "lines"), [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)])
def test_lines_are_counted_as_people_do(database: Documents, text: str, lines: int) -> None:
    stored = blobs.put(database, text)
    assert stored.lines == lines
    assert blobs.text(database, stored.sha256) == text


def test_a_text_larger_than_a_document_lies_in_parts(
    database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "PART_OCTETS", 100_000)
    text = noise(700_000)
    stored = blobs.put(database, text)
    assert blobs.put(database, text) == stored
    assert database[blobs.PARTS].count_documents({}) >= 3
    assert blobs.text(database, stored.sha256) == text
    assert blobs.drop(database, stored.sha256, LATER)
    assert database[blobs.PARTS].count_documents({}) == 0


def test_a_text_beyond_sixteen_megabytes_compressed_is_kept(database: Documents) -> None:
    text = noise(36 * 2**20)
    stored = blobs.put(database, text)
    assert blobs.text(database, stored.sha256) == text
    assert database[blobs.PARTS].count_documents({}) == 3


def test_a_text_with_what_is_no_character_is_kept_readable(database: Documents) -> None:
    stored = blobs.put(database, "before \udcff after")
    assert blobs.text(database, stored.sha256) == "before \\udcff after"


def test_what_was_put_again_is_not_dropped(database: Documents) -> None:
    sha256 = blobs.put(database, "kept").sha256
    moment = datetime.now(UTC) + timedelta(seconds=0.05)
    assert blobs.unseen_since(database, moment, 10) == [sha256]
    eventlet.sleep(0.1)
    blobs.put(database, "kept")
    assert not blobs.drop(database, sha256, moment)
    assert blobs.unseen_since(database, moment, 10) == []
    assert blobs.drop(database, sha256, LATER)
    with pytest.raises(NotFound):
        blobs.text(database, sha256)


def test_many_who_put_one_text_at_once_leave_one(
    database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "PART_OCTETS", 50_000)
    text = noise(200_000)
    pool = eventlet.GreenPool(20)
    found = {stored.sha256 for stored in pool.imap(blobs.put, [database] * 20, [text] * 20)}
    assert len(found) == 1
    (row,) = database[blobs.BLOBS].find()
    assert database[blobs.PARTS].count_documents({}) == len(row["parts"])
    assert blobs.text(database, row["_id"]) == text


def test_a_text_that_is_put_and_dropped_at_once_is_whole_or_gone(
    database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "PART_OCTETS", 50_000)
    text = noise(200_000)
    sha256 = blobs.put(database, text).sha256
    for _ in range(15):
        dropping = eventlet.spawn(blobs.drop, database, sha256, LATER)
        blobs.put(database, text)
        if dropping.wait():
            blobs.put(database, text)
        assert blobs.text(database, sha256) == text
    assert blobs.drop_lost_parts(database, LATER) == 0


def test_parts_that_a_crash_has_left_are_found(database: Documents) -> None:
    database[blobs.PARTS].insert_one({"_id": secrets.token_hex(4), "data": b"x", "seen": datetime.now(UTC)})
    assert blobs.drop_lost_parts(database, datetime.now(UTC) - timedelta(hours=1)) == 0
    assert blobs.drop_lost_parts(database, LATER) == 1

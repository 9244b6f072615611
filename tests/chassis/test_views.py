"""Documents written in bulk: whatever is there before, whatever comes late, the newest of a group stands."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database

from netraven_chassis import views
from netraven_chassis.views import Writer

Documents = Collection[dict[str, Any]]
NEW = {"own": {"name": "a"}, "place": {"place": "Bern"}}


@pytest.fixture
def both(database: Database[dict[str, Any]]) -> list[Documents]:
    """The collections of two generations."""
    return [database["things@1"], database["things@2"]]


@pytest.fixture
def writer(both: list[Documents]) -> Writer:
    return Writer(lambda _view: both)


def found(both: list[Documents]) -> dict[str, dict[str, Any]]:
    first, second = ({row.pop("_id"): row for row in one.find()} for one in both)
    assert first == second
    return first


def test_what_begins_is_what_puts_would_have_made(writer: Writer, both: list[Documents]) -> None:
    writer.begin("things", "begun", 3, NEW)
    for group, fields in NEW.items():
        writer.put("things", "put", 3, fields, group)
    writer.begin("things", "hidden", 3, {"place": NEW["place"]})
    writer.flush()
    told = found(both)
    assert told["begun"] == told["put"] and told["begun"]["live"] is True
    assert told["hidden"] == {"place": "Bern", "versions": {"place": 3}}


def test_what_was_there_after_all_keeps_what_is_newer(writer: Writer, both: list[Documents]) -> None:
    writer.put("things", "moved", 9, {"place": "Zug"}, "place")
    writer.drop("things", "gone", 9)
    writer.begin("things", "same", 3, NEW)
    writer.flush()
    for ident in ("moved", "gone", "same", "new"):
        writer.begin("things", ident, 3, NEW)
    writer.put("things", "new", 4, {"name": "b"})
    writer.flush()
    whole = {"name": "a", "place": "Bern", "live": True, "versions": {"own": 3, "place": 3}}
    assert found(both) == {
        "moved": {**whole, "place": "Zug", "versions": {"own": 3, "place": 9}},
        "gone": {"place": "Bern", "live": False, "versions": {"own": 9, "place": 3}},
        "same": whole,
        "new": {**whole, "name": "b", "versions": {"own": 4, "place": 3}},
    }


def test_many_go_in_a_part_at_a_time(
    writer: Writer, both: list[Documents], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "BULK", 2)
    for number in range(5):
        writer.begin("things", f"t{number}", 1, NEW)
    assert both[0].count_documents({}) == 4
    writer.flush()
    assert both[1].count_documents({}) == 5

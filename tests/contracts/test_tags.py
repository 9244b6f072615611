"""Bodies, answers and filters of tags."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from netraven_contracts.tags import TAG_SORTS, Tag, TagBody, TagChanges, TagFilters


def reasons(schema: Schema, body: Any) -> Any:
    with pytest.raises(ValidationError) as refusal:
        schema.load(body)
    return refusal.value.messages


def test_a_tag_needs_a_name_alone() -> None:
    assert TagBody().load({"name": " Core "}) == {"name": "Core"}
    assert set(reasons(TagBody(), {})) == {"name"}


@pytest.mark.parametrize("name", ["a,b", "a;b", "a|b", "65a1b2c3d4e5f60718293a4b", "", "x" * 51, 7, "a\nb"])
def test_a_name_can_be_told_from_a_list_and_from_an_id(name: Any) -> None:
    assert set(reasons(TagBody(), {"name": name})) == {"name"}


def test_what_a_get_returned_can_be_sent_back_whole() -> None:
    shown = {
        "id": "65a1b2c3d4e5f60718293a4b",
        "name": "core",
        "color": None,
        "description": None,
        "device_count": 3,
        "version": 1,
        "created_at": "2026-01-02T03:04:05.678Z",
        "updated_at": "2026-01-02T03:04:05.678Z",
    }
    assert set(shown) == set(Tag().fields)
    assert TagChanges().load(shown) == {"name": "core", "color": None, "description": None}


def test_an_unknown_field_or_filter_is_refused_by_name() -> None:
    assert set(reasons(TagBody(), {"name": "a", "colour": "#fff"})) == {"colour"}
    assert set(reasons(TagFilters(), {"color": "#fff"})) == {"color"}


def test_only_what_a_tag_shows_can_be_sorted_by() -> None:
    assert set(TAG_SORTS) <= set(Tag().fields)


@pytest.mark.parametrize("schema", [Tag, TagFilters])
def test_every_field_is_described_for_people(schema: type[Schema]) -> None:
    assert [name for name, field in schema().fields.items() if "description" not in field.metadata] == []

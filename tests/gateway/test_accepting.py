"""Which form a client gets, by a table of Accept headers."""

from __future__ import annotations

import pytest

from netraven_gateway.accepting import preferred

JSON, LINES, CSV = "application/json", "application/x-ndjson", "text/csv"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/x-ndjson", LINES),
        (" Application/X-NDJSON ; charset=utf-8", LINES),
        ("text/csv, */*", CSV),
        ("text/*", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/x-ndjson;q=0.5, application/json", JSON),
        ("application/json;q=0.5, application/x-ndjson", LINES),
        ("text/csv, application/x-ndjson", CSV),
        ("text/csv;q=0, */*;q=0.1", JSON),
        ("application/json;q=0, */*", LINES),
        ("image/png", JSON),
        ("text/csv;q=lots", JSON),
        (";;,,q=", JSON),
    ],
)
def test_the_form_that_is_wanted_most_is_taken(accept: str | None, expected: str) -> None:
    assert preferred(accept, (JSON, LINES, CSV)) == expected

"""What every body says of what is wrong in it, whatever kind of field it is."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from netraven_contracts.body import Body


class Thing(Body):
    word = fields.String(required=True)
    words = fields.List(fields.String(), required=True)
    part = fields.Nested(Schema)
    parts = fields.List(fields.Nested(Schema))
    free = fields.Dict()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, {"word": ["is required; add it"], "words": ["is required; add it"]}),
        ({"word": 5, "words": "x"}, {"word": ["must be a text"], "words": ["must be a list"]}),
        ({"word": "x", "words": [5]}, {"words": {0: ["must be a text"]}}),
        (
            {"word": "x", "words": [], "parts": [None], "free": 7, "part": None},
            {
                "parts": {0: ["must not be null; give a value or leave it out"]},
                "part": ["must not be null; give a value or leave it out"],
                "free": ["must be a JSON object"],
            },
        ),
    ],
)
def test_every_field_speaks_our_words(body: dict[str, Any], said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        Thing().load(body)
    assert error.value.normalized_messages() == said

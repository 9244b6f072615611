"""Who asks and why, in a header."""

from __future__ import annotations

import pytest
from structlog.contextvars import clear_contextvars, get_contextvars

from netraven_chassis.bus import context


def test_known_keys_travel_and_others_stay_behind():
    data = {"actor": {"id": "u"}, "request_id": "r", "command_id": None, "password": "p"}
    assert context.decode(context.encode(data)) == {"actor": {"id": "u"}, "request_id": "r"}


def test_no_context_is_an_empty_one():
    assert context.decode(None) == context.decode("") == context.decode("{}") == {}


def test_unknown_keys_of_a_newer_service_are_ignored():
    assert context.decode('{"request_id":"r","mood":"good"}') == {"request_id": "r"}


@pytest.mark.parametrize("text", ["[]", "{", "1", '"x"'])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError):
        context.decode(text)


def test_log_lines_say_which_request_they_belong_to():
    clear_contextvars()
    context.bind({"request_id": "r"}, "devices", "show")
    assert get_contextvars() == {"request_id": "r", "service": "devices", "method": "show"}
    clear_contextvars()

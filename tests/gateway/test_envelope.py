"""The frame around answers, made of bytes."""

from __future__ import annotations

import orjson

from netraven_gateway import envelope


def test_data_passes_through_untouched() -> None:
    assert envelope.success(b'{"a" : 1}') == b'{"status":"success","message":"ok","data":{"a" : 1}}'


def test_the_message_says_what_was_done() -> None:
    assert orjson.loads(envelope.success(b"1", 'Device "x" created'))["message"] == 'Device "x" created'


def test_a_page_shows_its_list_under_both_names() -> None:
    document = orjson.loads(envelope.collection(b'[{"id":"1"}]', 2, 25, 638))
    assert document["data"] == document["items"] == [{"id": "1"}]
    assert (document["page"], document["size"], document["total"]) == (2, 25, 638)
    assert (document["status"], document["message"]) == ("success", "ok")


def test_members_can_stand_beside_the_envelope() -> None:
    framed = orjson.loads(envelope.with_fields(b"null", b'{"access_token":"t","expires_in":900}'))
    assert framed == {
        "status": "success",
        "message": "ok",
        "data": None,
        "access_token": "t",
        "expires_in": 900,
    }
    assert orjson.loads(envelope.with_fields(b"null", b"{}"))["status"] == "success"


def test_an_error_has_details_only_where_there_are_some() -> None:
    assert orjson.loads(envelope.error("no", "NOT_FOUND")) == {
        "status": "error",
        "message": "no",
        "code": "NOT_FOUND",
    }
    assert orjson.loads(envelope.error("no", "X", {"name": ["long"]}))["details"] == {"name": ["long"]}


def test_details_that_are_no_json_never_break_the_answer() -> None:
    assert orjson.loads(envelope.error("no", "X", object())) == {
        "status": "error",
        "message": "no",
        "code": "X",
    }
    assert orjson.loads(envelope.error("\ud800", "X", None))["code"] == "X"


def test_details_may_be_keyed_by_row_number() -> None:
    assert orjson.loads(envelope.error("no", "X", {0: ["long"]}))["details"] == {"0": ["long"]}

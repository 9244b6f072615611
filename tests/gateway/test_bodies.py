"""Bodies: strict JSON and forms."""

from __future__ import annotations

import pytest

from netraven_contracts.errors import UnsupportedMediaType, ValidationFailed
from netraven_gateway.bodies import FORM, JSON, parse, parse_form, parse_json


def test_json_is_read() -> None:
    assert parse(b' {"a": [1, 2.5, "\xc3\xbc", null, true]} ', "Application/JSON; Charset=UTF-8", [JSON]) == {
        "a": [1, 2.5, "ü", None, True]
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b'{"a": 1} {"b": 2}',
        b'{"a": "\x01"}',
        b'{"a": 01}',
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'["' + b"[" * 100_000,
    ],
)
def test_what_is_not_exactly_one_json_document_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationFailed) as caught:
        parse_json(body)
    assert list(caught.value.details) == ["body"]


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b'{"x":{"a":1,"b":2,"a":1}}', b'[{"a":1,"\\u0061":2}]'])
def test_a_name_that_stands_twice_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationFailed, match="JSON"):
        parse_json(body)


def test_deep_but_reasonable_nesting_is_fine() -> None:
    assert parse_json(b"[" * 50 + b'"x"' + b"]" * 50)


def test_a_refusal_repeats_nothing_of_the_body() -> None:
    with pytest.raises(ValidationFailed) as caught:
        parse_json(b'{"password": hunter2}')
    assert "hunter2" not in str(caught.value.details)


@pytest.mark.parametrize(
    "kind", [None, "", "text/plain", "text/json", "application/xml", "multipart/form-data"]
)
def test_another_type_is_refused(kind: str | None) -> None:
    with pytest.raises(UnsupportedMediaType):
        parse(b"{}", kind, [JSON])


def test_another_charset_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType, match="UTF-8"):
        parse(b"{}", "application/json; charset=latin-1", [JSON])


def test_a_patch_type_is_json_too() -> None:
    assert parse(b"{}", "application/merge-patch+json", [JSON]) == {}


def test_a_form_is_read_where_one_is_taken() -> None:
    body = b"username=admin&password=a%2Bb+c%C3%BC&scope="
    assert parse(body, FORM, [JSON, FORM]) == {"username": "admin", "password": "a+b cü", "scope": ""}
    with pytest.raises(UnsupportedMediaType):
        parse(body, FORM, [JSON])


@pytest.mark.parametrize(
    "body", [b"a=1&a=2", b"a", b"a=%ff", b"a=\xff", b"&".join([b"a%d=1" % n for n in range(200)])]
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationFailed):
        parse_form(body)

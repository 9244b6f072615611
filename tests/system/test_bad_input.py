"""Bad input of every kind: the right code, nothing stored, nothing in a log that should not be there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.patience import patience
from tests.servers.netraven import Api, System

Body = Callable[..., dict[str, Any]]


@pytest.fixture
def nothing_stored(admin: Api) -> Any:
    """Whatever a test does, the fleet stays as large as it was."""
    before = admin("GET", "/devices?size=1")[1]["total"]
    yield
    assert admin("GET", "/devices?size=1")[1]["total"] == before


@pytest.mark.usefixtures("nothing_stored")
class TestBodies:
    """What comes instead of a device."""

    @pytest.mark.parametrize(
        "raw",
        [
            b"not json",
            b"{",
            b'{"name": "a", "name": "b"}',
            b'{"name": NaN}',
            b'{"name": "\\ud800"}',
            b'{"name": "\xff"}',
            b"[" * 100_000,
            b'{"a":' * 2000 + b"1" + b"}" * 2000,
            b"null",
            b"[]",
            b'"text"',
            b"17",
            b"",
            b"\xef\xbb\xbf{}",
        ],
    )
    def test_what_is_no_object_is_refused(self, admin: Api, raw: bytes) -> None:
        status, body, _ = admin("POST", "/devices", raw)
        assert (status, body["code"]) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "x" * 1_000_000),
            ("name", "x" * 101),
            ("name", "a\x00b"),
            ("name", "a\nb"),
            ("name", ["a"]),
            ("name", {"$gt": ""}),
            ("name", True),
            ("location", "y" * 1_000_000),
            ("ip_address", 2_130_706_433),
            ("ip_address", "127.0.0.1/8"),
            ("ip_address", "010.0.0.1"),
            ("ip_address", "127.0.0.1\n"[:-1] + "\x00"),
            ("ip_address", "١٢٧.0.0.1"),
            ("ip_address", "255.255.255.255"),
            ("device_type", ["router"]),
            ("port", 0),
            ("port", 65_536),
            ("port", "22"),
            ("port", 22.5),
            ("port", 10**30),
            ("port", True),
            ("platform", "toaster_os"),
            ("interfaces", [{}]),
            ("interfaces", [{"name": "a", "mac_address": "x"}]),
            ("interfaces", "all"),
            ("tags", "core"),
            ("tags", [None]),
            ("colour", "red"),
            ("$where", "1"),
            ("name.first", "x"),
        ],
    )
    def test_a_wrong_field_is_named_and_not_repeated(
        self, admin: Api, body: Body, field: str, value: Any
    ) -> None:
        status, answer, _ = admin("POST", "/devices", body(**{field: value}))
        assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
        assert list(answer["details"]) == [field]
        assert len(str(answer)) < 1000

    def test_many_wrong_fields_are_told_at_once(self, admin: Api) -> None:
        _, answer, _ = admin("POST", "/devices", {"name": 1, "device_type": "x", "colour": "red"})
        assert set(answer["details"]) == {"name", "ip_address", "device_type", "location", "colour"}

    def test_a_body_that_is_too_large_is_refused(self, admin: Api) -> None:
        status, answer, _ = admin("POST", "/devices", b'{"name": "' + b"x" * 11_000_000 + b'"}')
        assert (status, answer["code"]) == (413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
    def test_another_type_is_refused(self, admin: Api, body: Body, kind: str) -> None:
        status, answer, _ = admin("POST", "/devices", body(), Content_Type=kind)
        assert (status, answer["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=abc", "page"),
        ("page=1e3", "page"),
        ("page=99999999999", "page"),
        ("size=0", "size"),
        ("size=1001", "size"),
        ("limit=1001", "limit"),
        ("size=1&size=2", "size"),
        ("sort=password", "sort"),
        ("sort=name%24", "sort"),
        ("status=asleep", "status"),
        ("device_type=toaster", "device_type"),
        ("reachability=maybe", "reachability"),
        ("ip_address=abc", "ip_address"),
        ("colour=red", "colour"),
        ("name[$ne]=x", "name[$ne]"),
        ("name=%00", "name"),
        ("name=%ff", "query"),
        ("q=" + "x" * 200, "q"),
    ],
)
def test_a_wrong_parameter_is_named(admin: Api, query: str, name: str) -> None:
    status, body, _ = admin("GET", f"/devices?{query}")
    assert (status, body["code"]) == (400, "VALIDATION_ERROR")
    assert list(body["details"]) == [name]


@pytest.mark.parametrize("text", [".*", "(", "[a", "\\", "$where", "^core", "a{99999}", "%25"])
def test_a_search_for_the_strangest_text_is_a_search(admin: Api, text: str) -> None:
    assert admin("GET", f"/devices?q={quote(text)}")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/devices", "GET, HEAD, OPTIONS, POST"),
        ("POST", f"/devices/{'0' * 24}", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
        ("GET", "/auth/token", "OPTIONS, POST"),
        ("TRACE", "/devices", "GET, HEAD, OPTIONS, POST"),
        ("PURGE", "/devices", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(admin: Api, method: str, path: str, allowed: str) -> None:
    status, body, headers = admin(method, path)
    assert (status, body["code"], headers["Allow"]) == (405, "METHOD_NOT_ALLOWED", allowed)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nothing", 404, "NOT_FOUND"),
        ("/devices/x/y/z", 404, "NOT_FOUND"),
        ("//devices", 404, "NOT_FOUND"),
        ("/../etc/passwd", 404, "NOT_FOUND"),
        ("/docs/..%2froutes.py", 404, "NOT_FOUND"),
        ("/devices%2f..%2f..", 404, "NOT_FOUND"),
        ("/devices/%00", 404, "NOT_FOUND"),
        ("/%ff", 400, "VALIDATION_ERROR"),
        ("/devices/%c3%bc", 400, "INVALID_ID"),
    ],
)
def test_an_unknown_path_is_not_found(admin: Api, path: str, status: int, code: str) -> None:
    found, body, _ = admin("GET", path)
    assert (found, body["code"]) == (status, code)


def test_options_and_head_are_what_they_should_be(anyone: Api, admin: Api) -> None:
    status, body, headers = anyone("OPTIONS", "/devices")
    assert (status, body, headers["Allow"]) == (204, None, "GET, HEAD, OPTIONS, POST")
    whole, nothing = admin("GET", "/devices?size=1"), admin("HEAD", "/devices?size=1")
    assert (nothing[0], nothing[1]) == (200, None)
    assert nothing[2]["Content-Length"] == whole[2]["Content-Length"]


def test_no_page_of_another_origin_is_let_in(admin: Api) -> None:
    _, _, headers = admin("GET", "/devices?size=1", Origin="https://evil.example")
    assert not [name for name in headers if name.lower().startswith("access-control")]


def test_a_client_that_asks_too_much_at_once_still_gets_answers(admin: Api) -> None:
    started = time.monotonic()
    assert admin("GET", "/devices?size=1000&page=1000000")[1]["data"] == []
    assert time.monotonic() - started < patience(5)


def test_nothing_of_all_this_is_a_fault_in_a_log(system: System) -> None:
    for instance in system.of("gateway"):
        assert "request failed" not in instance.log.read_text()
        assert "connection failed" not in instance.log.read_text()

"""Devices by the file: in from lists, tables and forms, each row alone and nothing twice, and out again."""

from __future__ import annotations

import csv
import http.client
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eventlet
import pytest

from tests.patience import patience
from tests.servers.netraven import Api, System

Body = Callable[..., dict[str, Any]]
Address = Callable[[], str]
HEAD = "location;Name;ip_address;device_type;tags;notes"


def form(*files: tuple[str, bytes, str]) -> tuple[bytes, str]:
    """A form with these files (name, bytes, media type), and its media type."""
    parts = [
        f'--sep\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {media}\r\n\r\n".encode()
        + raw
        + b"\r\n"
        for name, raw, media in files
    ]
    return b"".join(parts) + b"--sep--\r\n", "multipart/form-data; boundary=sep"


def sent(api: Api, raw: bytes, media: str, query: str = "", **headers: str) -> tuple[int, Any]:
    return api("POST", f"/devices/bulk_import{query}", raw, Content_Type=media, **headers)[:2]


def test_a_csv_file_becomes_devices_and_every_other_row_is_told(
    admin: Api, device: dict[str, Any], address: Address
) -> None:
    first, taken = address(), device["ip_address"]
    text = "\r\n".join(
        [
            HEAD,
            f'Zürich;bulk-a;{first};Router;"bulk-x;bulk-y";"=danger; ""quoted"""',
            f"Zürich;bulk-b;{taken};router;;",
            f"Zürich;bulk-c;{first};router;;",
            f"Zürich;;{address()};rooter;;",
            f"Zürich;bulk-d;{address()};router;;;;too many",
            f"Zürich;bulk-e;{address()};server;bulk-nowhere-{first},bulk-x;",
        ]
    )
    raw = b"\xef\xbb\xbf" + text.encode()
    for query, ids in (
        ("?dry_run=true&create_missing_tags=true", [None, None]),
        ("?create_missing_tags=true", None),
    ):
        status, answer = sent(admin, raw, "text/csv", query)
        assert status == 200, answer
        told = answer["data"]
        assert [one["row"] for one in told["created"]] == [1, 6]
        assert ids is None or [one["id"] for one in told["created"]] == ids
        assert [(one["row"], one["field"]) for one in told["duplicates"]] == [
            (2, "ip_address"),
            (3, "ip_address"),
        ]
        assert [(one["row"], one["field"]) for one in told["errors"]] == [
            (4, "name"),
            (4, "device_type"),
            (5, "row"),
        ]
        assert told["counts"] == {"created": 2, "duplicates": 2, "errors": 2}
        found = admin("GET", f"/devices?ip_address={first}")[1]["data"]
        assert len(found) == (0 if ids else 1), "a dry run does nothing"
    assert (found[0]["tags"], found[0]["notes"]) == (["bulk-x", "bulk-y"], '=danger; "quoted"')
    assert found[0]["id"] == told["created"][0]["id"]
    assert [one["tags"] for one in admin("GET", "/devices?name=bulk-e")[1]["data"]] == [
        sorted(["bulk-x", f"bulk-nowhere-{first}"])
    ]


def test_a_form_repeated_under_its_key_is_the_same_request_whatever_its_boundary(
    admin: Api, body: Body, address: Address
) -> None:
    key, rows = f"form-{address()}", [body(name="form-again")]
    raw, kind = form(("f.json", json.dumps(rows).encode(), "application/json"))
    first = sent(admin, raw, kind, Idempotency_Key=key)
    assert first[0] == 200 and first[1]["data"]["counts"]["created"] == 1
    again = raw.replace(b"--sep", b"--another"), kind.replace("sep", "another")
    assert sent(admin, *again, Idempotency_Key=key) == first
    raw, kind = form(("f.json", json.dumps([*rows, body()]).encode(), "application/json"))
    assert sent(admin, raw, kind, Idempotency_Key=key)[0] == 409


def test_tags_that_are_not_there_are_that_rows_error(admin: Api, body: Body) -> None:
    status, answer, _ = admin("POST", "/devices/bulk", [body(tags=["bulk-nowhere"]), body()])
    assert status == 200
    assert [one["row"] for one in answer["data"]["created"]] == [2]
    assert [(one["row"], one["field"]) for one in answer["data"]["errors"]] == [(1, "tags")]


@pytest.mark.parametrize(
    ("name", "media"), [("f.JSON", "application/vnd.ms-excel"), ("f", "application/json")]
)
def test_a_form_may_hold_the_file(admin: Api, body: Body, name: str, media: str) -> None:
    raw, kind = form((name, json.dumps([body(name="in-a-form"), 7]).encode(), media))
    status, answer = sent(admin, raw, kind)
    assert status == 200, answer
    assert answer["data"]["counts"] == {"created": 1, "duplicates": 0, "errors": 1}
    assert answer["data"]["errors"][0] == {"row": 2, "field": "row", "message": "must be a JSON object"}


def test_a_repetition_makes_nothing_twice_and_another_file_under_the_key_nothing_at_all(
    admin: Api, body: Body, address: Address
) -> None:
    key = f"bulk-{address()}"
    rows = [body(name=f"again-{number}", tags=["again"]) for number in range(120)]
    raw, query = json.dumps(rows).encode(), "?create_missing_tags=true"
    first = sent(admin, raw, "application/json", query, Idempotency_Key=key)
    assert first[0] == 200 and first[1]["data"]["counts"]["created"] == 120
    before = admin("GET", "/devices?size=1")[1]["total"]
    assert sent(admin, raw, "application/json", query, Idempotency_Key=key) == first
    other = json.dumps([*rows, body(name="again-more")]).encode()
    status, answer = sent(admin, other, "application/json", query, Idempotency_Key=key)
    assert (status, answer["code"]) == (409, "CONFLICT")
    assert admin("GET", "/devices?size=1")[1]["total"] == before
    status, answer = sent(admin, raw, "application/json", query)
    assert answer["data"]["counts"] == {"created": 0, "duplicates": 120, "errors": 0}


BAD: list[tuple[bytes, str, int, str]] = [
    (b"", "text/csv", 400, "body"),
    (b"PK\x03\x04" + b"x" * 100, "text/csv", 400, "file"),
    (b"a,b\n1,2\n", "text/csv", 400, "file"),
    (b"name,ip_address,device_type,location\n\xff,1,2,3\n", "text/csv", 400, "file"),
    (b"name,ip_address,device_type,location\n", "application/json", 400, "file"),
    (b'[{"name": ', "application/json", 400, "file"),
    (b"{}", "application/json", 400, "file"),
    (b"<rows/>", "application/xml", 415, ""),
    (b"x", "", 415, ""),
    (*form(("f.xlsx", b"PK\x03\x04", "application/octet-stream")), 415, ""),
    (*form(("f.csv", b"PK\x03\x04", "text/csv")), 400, "file"),
    (*form(("a.csv", b"x", "text/csv"), ("b.csv", b"x", "text/csv")), 400, "file"),
    (*form(), 400, "file"),
    (b"--sep\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=sep", 400, "file"),
    (b"x", "multipart/form-data", 400, "file"),
    (b"--sep\r\n" + b"x" * 1_000_000, "multipart/form-data; boundary=sep", 400, "file"),
]


@pytest.mark.parametrize(("raw", "media", "status", "field"), BAD)
def test_a_file_that_is_not_what_it_says_is_refused(
    admin: Api, raw: bytes, media: str, status: int, field: str
) -> None:
    before = admin("GET", "/devices?size=1")[1]["total"]
    answered, answer = sent(admin, raw, media)
    assert answered == status, answer
    assert not field or list(answer["details"]) == [field]
    assert admin("GET", "/devices?size=1")[1]["total"] == before


@pytest.mark.parametrize(
    ("end", "media"),
    [
        (b'"never closed,10.0.0.1,switch,lab\n', "text/csv"),
        (b"K\xf6ln,10.0.0.1,switch,lab\n", "text/csv"),
        (b'{"name": ', "application/json"),
    ],
)
def test_a_file_that_breaks_behind_good_rows_does_nothing(
    admin: Api, body: Body, end: bytes, media: str
) -> None:
    rows = [body(name=f"whole-{number}") for number in range(350)]
    if media == "text/csv":
        table = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows), ""]
        raw = "\n".join(table).encode()
    else:
        raw = json.dumps(rows).encode()[:-1] + b","
    before = admin("GET", "/devices?size=1")[1]["total"]
    status, answer = sent(admin, raw + end, media)
    assert (status, list(answer["details"])) == (400, ["file"]), answer
    assert admin("GET", "/devices?size=1")[1]["total"] == before


def test_a_packed_body_is_refused_unread(admin: Api) -> None:
    for path in ("/devices/bulk_import", "/devices"):
        answer = admin("POST", path, b"\x1f\x8b" + b"\0" * 1000, Content_Encoding="gzip")
        assert (answer[0], answer[1]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("framing", [("Content-Length", str(2 * 2**30)), ("Transfer-Encoding", "chunked")])
def test_a_file_of_two_gigabytes_is_cut_off(system: System, admin: Api, framing: tuple[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", system.of("gateway")[0].port, timeout=30)
    connection.putrequest("POST", "/api/devices/bulk_import")
    for name, value in (("Authorization", f"Bearer {admin.token}"), ("Content-Type", "text/csv"), framing):
        connection.putheader(name, value)
    connection.endheaders()
    chunk = b"x" * 2**20
    for _ in range(65 if framing[1] == "chunked" else 1):
        connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk) if framing[1] == "chunked" else chunk)
    # The rest is never sent, and nobody waits for it.
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "PAYLOAD_TOO_LARGE")
    connection.close()


def test_an_export_is_taken_back_as_it_is(admin: Api, body: Body) -> None:
    wanted = [
        body(
            name="=export-1",
            location="export; lab",
            tags=["export"],
            notes="a\nb",
            port=2222,
            platform="cisco_ios",
        ),
        body(name="export-2", location="export; lab", serial="S1", create_missing_tags=True),
    ]
    answer = admin("POST", "/devices/bulk?create_missing_tags=true", wanted)[1]
    ids = [one["id"] for one in answer["data"]["created"]]
    status, raw, headers = admin("GET", "/devices/export?location=export;%20lab")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    table = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    assert [row["name"] for row in table] == ["'=export-1", "export-2"]
    listed = admin("GET", "/devices/export?location=export;%20lab&format=json&sort=-name")[1]
    assert [row["id"] for row in listed] == ids[::-1]
    assert [row["serial"] for row in listed] == ["S1", None]
    before = admin("GET", f"/devices/{ids[0]}")[1]["data"]
    for ident in ids:
        assert admin("DELETE", f"/devices/{ident}")[0] == 204
    status, answer = sent(admin, raw, "text/csv")
    (again, _) = answer["data"]["created"]
    after = admin("GET", f"/devices/{again['id']}")[1]["data"]
    same = ("name", "ip_address", "location", "tags", "notes", "port", "platform", "device_type")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_the_fleet_as_it_was_can_be_exported(admin: Api, body: Body) -> None:
    made = admin("POST", "/devices", body(name="then", location="export past"))[1]["data"]
    time.sleep(0.01)
    admin("PATCH", f"/devices/{made['id']}", {"name": "now", "location": "elsewhere"})
    path = f"/devices/export?format=json&location=export%20past&at={made['updated_at']}"
    (row,) = admin("GET", path)[1]
    assert (row["id"], row["name"], row["version"]) == (made["id"], "then", made["version"])
    assert admin("GET", "/devices/export?format=json&location=export%20past")[1] == []


def test_an_export_of_what_cannot_be_is_refused(admin: Api) -> None:
    for query in ("format=xml", "sort=colour", "colour=red", "at=yesterday"):
        assert admin("GET", f"/devices/export?{query}")[0] == 400


def memory(system: System) -> int:
    """Megabytes that the processes of the system have had at most."""
    status = [Path(f"/proc/{instance.pid}/status").read_text() for instance in system.instances]
    return sum(int(text.split("VmHWM:")[1].split()[0]) for text in status) // 1024


def test_others_are_answered_while_a_large_file_comes_in_and_memory_stays(
    system: System, admin: Api, address: Address
) -> None:
    ping = Api(admin.url)
    ping.token = admin.token
    rows = [f"bulk-{number},{address()},switch,large file" for number in range(500)]
    raw = "\n".join(["name,ip_address,device_type,location", *rows]).encode()
    before, waits, patient = memory(system), list[float](), Api(admin.url, timeout=100)
    patient.token = admin.token
    sending = eventlet.spawn(sent, patient, raw, "text/csv")
    while not sending.dead:
        began = time.monotonic()
        assert ping("GET", "/devices?size=5")[0] == 200
        waits.append(time.monotonic() - began)
        eventlet.sleep(0.05)
    status, answer = sending.wait()
    assert status == 200 and answer["data"]["counts"] == {"created": 500, "duplicates": 0, "errors": 0}
    assert len(waits) > 2 and sorted(waits)[len(waits) // 2] < patience(1) and max(waits) < patience(4)
    assert memory(system) - before < 100

"""The client against servers that are away, busy, or somebody else's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from netraven_cli.client import Api
from netraven_cli.exits import Exit, Stop
from netraven_cli.session import Sessions
from tests.cli.conftest import Command
from tests.servers.netraven import Instance
from tests.servers.ports import free_ports

Answers = list[tuple[int, dict[str, str], str]]


@contextmanager
def somebody_else(answers: Answers) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A web server that is not ours: it gives these answers in turn and notes the headers that it got."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            seen.append(dict(self.headers))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = answers[min(len(seen), len(answers)) - 1]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def api(url: str, folder: Path) -> Api:
    return Api(url, Sessions(folder / "sessions.json"))


OK: tuple[int, dict[str, str], str] = (200, {}, '{"status": "success", "message": "ok", "data": 7}')
BUSY = (
    503,
    {"Retry-After": "0"},
    '{"status": "error", "code": "SERVICE_UNAVAILABLE", "message": "Try again"}',
)


def test_a_server_that_is_away_is_told_with_what_to_do(tmp_path: Path) -> None:
    done = Command(tmp_path, f"http://127.0.0.1:{free_ports(1)[0]}")("status")
    assert done.status == 6 and "netraven up" in done.said and "NETRAVEN_URL" in done.said


def test_who_watches_devices_goes_on_when_the_server_was_away(tmp_path: Path) -> None:
    page: tuple[int, dict[str, str], str] = (200, {}, '{"status": "success", "data": [], "total": 0}')
    with somebody_else([page, BUSY, BUSY, BUSY, page]) as (url, _):
        done = Command(tmp_path, url)("devices", "watch", "--count", "2", "--interval", "0.2")
    assert done.status == 0 and done.out.count("0 devices") == 2
    assert done.said.count("Looking on") == 1
    with somebody_else([BUSY]) as (url, _):
        assert Command(tmp_path, url)("devices", "watch", "--interval", "0.2").status == 6


def test_a_busy_server_is_asked_again_with_the_same_key(tmp_path: Path) -> None:
    with somebody_else([BUSY, BUSY, OK]) as (url, seen):
        assert api(url, tmp_path).call("POST", "/devices", {})["data"] == 7
    assert len(seen) == 3
    assert len({headers["Idempotency-Key"] for headers in seen}) == 1


def test_a_server_that_stays_busy_is_told(tmp_path: Path) -> None:
    with somebody_else([BUSY]) as (url, seen), pytest.raises(Stop) as caught:
        api(url, tmp_path).get("/devices")
    assert caught.value.exit is Exit.UNAVAILABLE
    assert len(seen) == 3


def test_a_server_that_says_oddly_when_to_come_back_is_asked_again(tmp_path: Path) -> None:
    odd = (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, BUSY[2])
    with somebody_else([odd, OK]) as (url, _):
        assert api(url, tmp_path).get("/devices") == 7


def test_what_cannot_be_repeated_is_asked_once(tmp_path: Path) -> None:
    with somebody_else([BUSY]) as (url, seen), pytest.raises(Stop):
        api(url, tmp_path).call("DELETE", "/devices/1")
    assert len(seen) == 1


@pytest.mark.parametrize(
    "answer", [(200, {}, "<html>"), (200, {}, "[1]"), (404, {}, "<html>"), (500, {}, "{}")]
)
def test_a_server_that_is_not_netraven_is_told(
    tmp_path: Path, answer: tuple[int, dict[str, str], str]
) -> None:
    with somebody_else([answer]) as (url, _), pytest.raises(Stop, match="not as NetRaven does"):
        api(url, tmp_path).get("/devices")


def test_a_server_that_has_moved_is_told_and_gets_no_token(tmp_path: Path) -> None:
    moved = (301, {"Location": "https://raven.example.org/api"}, "")
    with somebody_else([moved]) as (url, seen), pytest.raises(Stop, match=r"raven\.example\.org"):
        api(url, tmp_path).get("/devices")
    assert len(seen) == 1


def test_a_proxy_for_the_outside_world_is_not_used_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with somebody_else([OK]) as (url, _):
        assert api(url, tmp_path).get("/anything") == 7


def test_what_nobody_foresaw_is_one_line_and_not_a_traceback(tmp_path: Path) -> None:
    with somebody_else([OK]) as (url, _):
        done = Command(tmp_path, url)("devices", "list")
    assert done.status == 1
    assert len(done.err.strip().splitlines()) == 1 and "NETRAVEN_DEBUG" in done.err


def test_a_server_that_is_frozen_for_a_moment_is_waited_for(system: Instance, netraven: Command) -> None:
    system.pause()
    timer = threading.Timer(2, system.resume)
    timer.start()
    try:
        assert netraven("tags", "list").status == 0
    finally:
        system.resume()
        timer.join()

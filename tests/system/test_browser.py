"""A page in a real browser follows a job's log while it is written, as a front end does: EventSource."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.manners import Manners
from lab.process import LabProcess
from tests.servers.netraven import Api, System
from tests.system.conftest import running, until_it_answers
from tests.system.test_jobs import Fleet

SLOW = Manners(slow=0.3)
PAGE = """<!doctype html><title>log</title><script>
const seen = [];
const stream = new EventSource(%s);
const told = text => fetch("/told", {method: "POST", body: text});
stream.onopen = () => told("open");
stream.onerror = () => told("error");
stream.addEventListener("log", event => seen.push([event.lastEventId, JSON.parse(event.data)]));
stream.addEventListener("end", () => { stream.close(); told(JSON.stringify(seen)); });
</script>"""

Json = dict[str, Any]


class Page:
    """A web server of another origin than the API's, and what its page has told it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.over = threading.Event()
        self.text = ""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(
                    200 if self.path == "/" else 404, page.text.encode() if self.path == "/" else b""
                )

            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(204, b"")
                page.hear(said)

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def hear(self, said: str) -> None:
        self.told.append(said)
        if said not in ("open", "error"):
            self.over.set()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    one = Page()
    thread = threading.Thread(target=one.server.serve_forever)
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.fixture(scope="module")
def open_system(page: Page, request: pytest.FixtureRequest) -> Iterator[System]:
    """A system that lets the page call it."""
    with running("embedded", request, NETRAVEN_CORS_ORIGINS=page.origin) as one:
        yield one


def browse(folder: Path, url: str) -> subprocess.Popen[bytes]:
    """A browser with the page open, and nothing else."""
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage")
    return subprocess.Popen(
        ["chromium", *options, f"--user-data-dir={folder}", "--remote-debugging-port=0", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium on this machine")
def test_a_page_sees_a_backup_line_by_line_and_hears_of_its_end(
    open_system: System, page: Page, tmp_path: Path, body: Callable[..., Json]
) -> None:
    api: Api = until_it_answers(open_system.url)
    with LabProcess(tmp_path / "lab") as lab:
        fleet = Fleet(api, lab, body)
        job = fleet.job("backup", *(fleet.device(manners=SLOW) for _ in range(4)))
        ticket = fleet.made("POST", "/auth/stream-ticket")["ticket"]
        page.text = PAGE % json.dumps(f"{open_system.url}/logs/stream?job_id={job['id']}&ticket={ticket}")
        browser = browse(tmp_path / "profile", page.origin)
        try:
            assert page.over.wait(60), page.told
        finally:
            browser.terminate()
            browser.wait(10)
    assert page.told[0] == "open" and len(page.told) == 2
    seen = json.loads(page.told[1])
    stored = api("GET", f"/logs?job_id={job['id']}&order=asc&size=1000")[1]["data"]
    assert [entry for _, entry in seen] == stored
    assert [int(number) for number, _ in seen] == list(range(1, len(stored) + 1))
    assert sum("logged in" in entry["message"] for entry in stored) == 4

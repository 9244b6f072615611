"""The open loop: a server that pauses is charged with every request that was due meanwhile."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator

import pytest

from bench.load.open import open_loop
from bench.load.target import Target

PAUSE = 0.4


class Pausing(http.server.BaseHTTPRequestHandler):
    """Answers one request at a time at once, and is away for a while at its fifth."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    served = 0

    def do_GET(self) -> None:
        with self.lock:
            Pausing.served += 1
            if Pausing.served == 5:
                time.sleep(PAUSE)
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def port() -> Iterator[int]:
    Pausing.served = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pausing) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_requests_that_were_due_during_a_pause_are_charged_with_it(port: int) -> None:
    figure = open_loop(Target(port, "", ["/"]), rate=50, seconds=1.0)
    # 20 of the 50 fell due within the pause: a loop that waited for answers would have seen one slow request
    assert figure.errors == 0
    assert figure.p99 > PAUSE * 1000 * 0.8
    assert figure.p50 < figure.p99
    assert Pausing.served == 50


def test_refusals_are_counted_as_errors(port: int) -> None:
    assert open_loop(Target(port, "", ["/missing"]), rate=20, seconds=0.5).errors == 10

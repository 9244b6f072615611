"""Following an event stream: real connections to a small server that breaks them where it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from netraven_cli.client import Api
from netraven_cli.exits import ApiError, Exit, Stop
from netraven_cli.follow import Event, Frames, follow
from netraven_cli.session import Sessions


def entry(number: int) -> bytes:
    return f'event: log\nid: {number}\ndata: {{"seq": {number}}}\n\n'.encode()


END = b"event: end\ndata: {}\n\n"


class Streamer(BaseHTTPRequestHandler):
    """Gives what the script says, one item for each connection: octets, or a status to refuse with."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.path, self.headers.get("Last-Event-ID")))
        said = server.script.pop(0) if server.script else 503
        if isinstance(said, int):
            body = b'{"status": "error", "code": "%s", "message": "no"}' % server.codes[said]
            self.send_response(said)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for part in said:
            self.wfile.write(part)
            self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server() -> Iterator[Any]:
    listener: Any = ThreadingHTTPServer(("127.0.0.1", 0), Streamer)
    listener.script, listener.asked = [], []
    listener.codes = {404: b"NOT_FOUND", 503: b"SERVICE_UNAVAILABLE"}
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield listener
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture
def api(server: Any, tmp_path: Path) -> Api:
    return Api(f"http://127.0.0.1:{server.server_port}", Sessions(tmp_path / "sessions.json"))


def test_a_stream_that_breaks_is_taken_up_after_the_last_event(server: Any, api: Api) -> None:
    server.script = [[entry(1), entry(2), b"event: log\nid: 3\nda"], 503, [entry(3)], [entry(4), END]]
    breaks: list[str] = []
    told = list(follow(api, "/logs/stream", {"job_id": "j"}, on_break=breaks.append))
    assert [event.data.get("seq") for event in told] == [1, 2, 3, 4, None]
    assert told[-1].kind == "end"
    assert [last for _, last in server.asked] == [None, "2", "2", "3"]
    assert len(breaks) == 2 and server.asked[0][0] == "/api/logs/stream?job_id=j"


def test_one_may_begin_in_the_middle(server: Any, api: Api) -> None:
    server.script = [[END]]
    list(follow(api, "/x", {}, last_id="41"))
    assert server.asked == [("/api/x", "41")]


def test_a_refusal_is_final(server: Any, api: Api) -> None:
    server.script = [404]
    with pytest.raises(ApiError) as caught:
        list(follow(api, "/x", {}))
    assert caught.value.exit is Exit.NOT_FOUND and len(server.asked) == 1


def test_a_server_that_stays_away_is_not_waited_for_for_ever(server: Any, api: Api) -> None:
    server.script = [[entry(1)]]
    stream = follow(api, "/x", {}, patience=0.5)
    assert next(stream).id == "1"
    with pytest.raises(Stop) as caught:
        list(stream)
    assert caught.value.exit is Exit.UNAVAILABLE and "stayed away" in caught.value.message


def test_a_stream_that_only_opens_and_closes_is_no_connection(server: Any, api: Api) -> None:
    server.script = [[b": hello\n\n"] for _ in range(50)]
    with pytest.raises(Stop):
        list(follow(api, "/x", {}, patience=0.4))


FRAMES = {
    "whole": [b"event: log\nid: 7\ndata: 1\n\n"],
    "octet by octet": [bytes([one]) for one in b"event: log\nid: 7\ndata: 1\n\n"],
    "with carriage returns": [b"event: log\r\nid: 7\r\ndata: 1\r\n\r\n"],
    "without blanks": [b"event:log\nid:7\ndata:1\n\n"],
    "between keepalives": [b": keepalive\n\nevent: log\n: x\nid: 7\ndata: 1\n\n: keepalive\n\n"],
}


@pytest.mark.parametrize("blocks", FRAMES.values(), ids=FRAMES)
def test_an_event_is_read_however_it_is_written_and_cut(blocks: list[bytes]) -> None:
    frames = Frames()
    assert [event for block in blocks for event in frames.feed(block)] == [Event("log", "7", 1)]


def test_data_of_several_lines_is_one_and_what_is_no_json_stays_text() -> None:
    (event,) = Frames().feed("data: a ü\ndata: b\n\n".encode())
    assert event == Event("message", "", "a ü\nb")

"""Streams of logs through a real gateway: history and live joined, each entry once and in order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import eventlet
import pytest

from netraven_jobs import log_entry
from tests.gateway.log_house import Client, Event, House, seqs, standing
from tests.patience import until


@pytest.fixture(scope="module")
def house(rabbitmq, mongod) -> Iterator[House]:
    with standing(rabbitmq.vhost(), mongod.uri, NETRAVEN_STREAM_PATIENCE_SECONDS="5") as house:
        yield house


def stored(house: House, job: str) -> list[tuple[int, str]]:
    """What the log has of a job: (seq, message) in order."""
    rows = house.database.logs.find({"job_id": job}, sort=[("seq", 1)])
    return [(row["seq"], row["message"]) for row in rows]


def lines(events) -> list[tuple[int, str]]:
    return [(data["seq"], data["message"]) for name, _, data in events if name == "log"]


def test_history_comes_first_and_then_what_is_said_now(house: House) -> None:
    job = house.job()
    house.say(job, "one", "two")
    client = house.stream(f"/logs/stream?job_id={job}")
    assert client.status == 200 and client.headers["content-type"] == "text/event-stream"
    assert [data["message"] for _, _, data in client.events(2)] == ["one", "two"]
    house.say(job, "three")
    house.say(job, "four")
    assert seqs(client.events(2)) == [3, 4]
    house.cancel(job)
    events = client.rest()
    assert events[-1][0] == "end" and client.ended


def test_a_client_that_comes_back_at_every_cut_sees_each_entry_once_and_in_order(house: House) -> None:
    job = house.job()
    house.say(job, *[f"before {n}" for n in range(20)])

    def go_on() -> None:
        for number in range(40):
            house.say(job, f"meanwhile {number}", "and more")
            eventlet.sleep(0.01)
        house.cancel(job)

    writer = eventlet.spawn(go_on)
    seen, last, size = [], None, 1
    while True:
        client = house.stream(f"/logs/stream?job_id={job}", last)
        got = client.events(size)
        client.close()
        seen += got
        last = next((ident for _, ident, _ in reversed(got) if ident), last)
        size = size % 7 + 1
        if got and got[-1][0] == "end":
            break
    writer.wait()
    assert lines(seen) == stored(house, job)
    assert [name for name, _, _ in seen if name != "log"] == ["end"]


@pytest.mark.parametrize("cut", [0, 1, 499, 500, 501, 999, 1000, 1001, 1199])
def test_a_job_that_is_over_replays_whole_from_any_place(house: House, cut: int) -> None:
    job = over(house)
    client = house.stream(f"/logs/stream?job_id={job}", cut or None)
    events = client.rest()
    assert lines(events) == stored(house, job)[cut:]
    assert [name for name, _, _ in events if name != "log"] == ["end"]


def over(house: House, known: list[str] = []) -> str:  # noqa: B006 - made once for all
    """A job of 1200 entries that is over."""
    if not known:
        known.append(house.job())
        house.say(known[0], *[f"line {n}" for n in range(1200)])
        house.cancel(known[0])
    return known[0]


def test_the_parameter_says_what_the_header_says_and_the_header_counts_more(house: House) -> None:
    job = over(house)
    path, whole = f"/logs/stream?job_id={job}", stored(house, job)
    assert lines(house.stream(f"{path}&last_event_id=1190").rest()) == whole[1190:]
    assert lines(house.stream(f"{path}&last_event_id=7", 1199).rest()) == whole[1199:]


@pytest.mark.parametrize(
    ("query", "last", "status", "code"),
    [
        ("job_id=" + "0" * 24, None, 404, "NOT_FOUND"),
        ("job_id=xyz", None, 400, "VALIDATION_ERROR"),
        ("", "abc", 400, "VALIDATION_ERROR"),
        ("", "-1", 400, "VALIDATION_ERROR"),
        ("last_event_id=1.5", None, 400, "VALIDATION_ERROR"),
        ("ticket=worthless", "auth", 401, "UNAUTHORIZED"),
        ("level=error", None, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_cannot_be_streamed_is_refused_before_the_stream_opens(house, query, last, status, code) -> None:
    token = None if last == "auth" else house.api.token
    client = house.stream_as(token, f"/logs/stream?{query}", None if last == "auth" else last)
    assert (client.status, client.body()["code"]) == (status, code)


def test_without_a_job_all_of_them_are_streamed_from_now_on_by_position(house: House) -> None:
    first, second = house.job(), house.job()
    client = house.stream("/logs/stream")
    for number in range(3):
        house.say(first, f"a{number}")
        house.say(second, f"b{number}", f"c{number}")
        house.say(None, f"d{number}", log_type="system")
    told = [f"{word}{number}" for number in range(3) for word in "abcd"]
    events: list[Event] = []
    while not events or events[-1][2]["message"] != told[-1]:
        events += client.events(1)
    client.close()
    places = seqs(events)
    assert places == list(range(places[0], places[0] + len(places)))
    assert [data["message"] for _, _, data in events if data["message"] in told] == told
    again = house.stream("/logs/stream", places[4])
    assert seqs(again.events(len(places) - 5)) == places[5:]
    again.close()


def test_lines_that_the_bus_lost_are_read_from_the_log(house: House) -> None:
    job = house.job()
    client = house.stream(f"/logs/stream?job_id={job}")
    house.say(job, "one")
    assert seqs(client.events(1)) == [1]
    lines, house.book._on_appended = house.book._on_appended, lambda _: None
    house.say(job, "two", "three")
    house.book._on_appended = lines
    house.say(job, "four")
    assert seqs(client.events(3)) == [2, 3, 4]
    house.book._on_appended = lambda _: None
    house.say(job, "the last one, of which nobody hears")
    house.book._on_appended = lines
    assert seqs(client.events(1)) == [5]
    client.close()


def test_lines_that_come_in_another_order_or_twice_are_put_right(house: House) -> None:
    job = house.job()
    client = house.stream(f"/logs/stream?job_id={job}")
    tell = house.book._on_appended
    told: list[Any] = []
    house.book._on_appended = told.append
    for number in range(6):
        house.say(job, f"line {number}")
    house.book._on_appended = tell
    for number in (3, 1, 0, 0, 2, 5, 3, 4):
        tell(told[number])
    assert seqs(client.events(6)) == [1, 2, 3, 4, 5, 6]
    client.close()


def test_what_retention_took_is_told_and_the_rest_follows(house: House) -> None:
    job = house.job()
    house.say(job, *[f"line {n}" for n in range(10)])
    house.database.logs.delete_many({"job_id": job, "seq": {"$lte": 4}})
    client = house.stream(f"/logs/stream?job_id={job}", 2)
    (name, ident, data), *events = client.events(7)
    assert (name, ident, data) == ("trimmed", None, {"from": 3, "to": 10, "count": 2})
    assert seqs(events) == [5, 6, 7, 8, 9, 10]
    client.close()


def test_a_job_that_is_tried_again_goes_on_in_the_same_log(house: House) -> None:
    job = house.job()
    house.say(job, "first run")
    house.cancel(job)
    *first, end = house.stream(f"/logs/stream?job_id={job}").rest()
    assert (lines(first), end[0]) == (stored(house, job), "end")
    status, body, _ = house.api("PATCH", f"/jobs/{job}", {"action": "retry", "only": "all"})
    assert status == 200, body
    client = house.stream(f"/logs/stream?job_id={job}", len(first))
    house.say(job, "second run")
    told = lines(client.events(len(stored(house, job)) - len(first)))
    assert told == stored(house, job)[len(first) :] and told[-1][1] == "second run"
    client.close()


def test_a_ticket_opens_one_stream_once_and_nothing_else(house: House) -> None:
    job = over(house)
    ticket = house.api("POST", "/auth/stream-ticket")[1]["data"]["ticket"]
    assert Client(house.url, f"/logs?ticket={ticket}").status == 401
    client = Client(house.url, f"/logs/stream?job_id={job}&last_event_id=1198&ticket={ticket}")
    assert lines(client.rest()) == stored(house, job)[1198:]
    assert Client(house.url, f"/logs/stream?job_id={job}&ticket={ticket}").status == 401


def test_a_disabled_user_loses_the_stream_at_once_and_others_keep_theirs(house: House) -> None:
    password = "a long enough pass phrase"
    wanted = {"username": "goner", "password": password, "role": "viewer"}
    user = house.api("POST", "/users", wanted)[1]["data"]
    goner = type(house.api)(house.url).log_in("goner", password)
    job = house.job()
    theirs = house.stream_as(goner.token, f"/logs/stream?job_id={job}")
    ticket = goner("POST", "/auth/stream-ticket")[1]["data"]["ticket"]
    by_ticket = Client(house.url, f"/logs/stream?job_id={job}&ticket={ticket}")
    mine = house.stream(f"/logs/stream?job_id={job}")
    house.say(job, "one")
    assert [len(client.events(1)) for client in (theirs, by_ticket, mine)] == [1, 1, 1]
    assert house.api("PATCH", f"/users/{user['id']}", {"enabled": False})[0] == 200
    assert theirs.rest() == by_ticket.rest() == []
    house.say(job, "two")
    assert seqs(mine.events(1)) == [2]
    mine.close()


def test_a_head_request_opens_no_stream(house: House) -> None:
    status, _, headers = house.api("HEAD", f"/logs/stream?job_id={over(house)}")
    assert status == 200 and headers["Content-Type"] == "text/event-stream"


def test_a_thousand_clients_of_one_job_get_every_line(house: House) -> None:
    job = house.job()
    house.say(job, *[f"before {n}" for n in range(5)])
    path = f"/logs/stream?job_id={job}"
    clients = list(eventlet.GreenPool(50).imap(lambda _: house.stream(path), range(1000)))
    house.say(job, *[f"now {n}" for n in range(5)])
    assert all(seqs(client.events(10)) == list(range(1, 11)) for client in clients)
    for client in clients[::2]:
        client.close()
    house.say(job, "for those who stayed")
    assert all(seqs(client.events(1)) == [11] for client in clients[1::2])
    house.cancel(job)
    assert all(client.rest()[-1][0] == "end" for client in clients[1::2])


def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_not(house: House) -> None:
    job = house.job()
    path = f"/logs/stream?job_id={job}"
    lazy, eager = house.stream(path), house.stream(path)
    house.say(job, *["x" * 8000] * 1000)
    assert seqs(eager.events(1000)) == list(range(1, 1001))
    until(lambda: not lazy.kept())
    house.say(job, "after the cut")
    got = lazy.rest()
    assert lazy.ended and 0 < len(got) < 1000 and seqs(got) == list(range(1, len(got) + 1))
    again = house.stream(path, len(got))
    house.cancel(job)
    assert lines(again.rest()) == stored(house, job)[len(got) :]
    assert lines(eager.rest()) == stored(house, job)[1000:]


def test_lists_and_single_entries_are_served_by_every_filter(house: House) -> None:
    job, device = house.job(), "d" * 24
    entry: dict[str, Any] = {"log_type": "connection", "source": "tests", "timestamp": 1_000_000_000_000}
    made = [log_entry.make(job, device, "error", f"refused by 10.9.8.{n}", **entry) for n in range(3)]
    house.book.append(made)
    asked = f"job_id={job}&device_id={device}&level=error&log_type=connection&source=tests&q=REFUSED"
    window = "from=2001-09-09T01:46:40Z&to=2001-09-09T01:46:41Z"
    status, body, headers = house.api("GET", f"/logs?{asked}&{window}&order=asc&size=2")
    assert (status, body["total"], body["items"] == body["data"]) == (200, 3, True)
    assert [row["message"] for row in body["data"]] == ["refused by 10.9.8.0", "refused by 10.9.8.1"]
    assert 'rel="next"' in headers["Link"] and "X-Total" not in headers
    row = body["data"][0]
    assert house.api("GET", f"/logs/{row['id']}")[1]["data"] == row
    assert house.api("GET", f"/logs/{'0' * 24}")[0] == 404
    for wrong in ("level=loud", "order=up", "from=noon", "page=0", "page=999999&size=25", "colour=red"):
        status, body, _ = house.api("GET", f"/logs?{wrong}")
        assert (status, body["code"]) == (400, "VALIDATION_ERROR") and wrong.partition("=")[0] in body[
            "details"
        ]


def test_words_and_figures_of_the_log_are_served(house: House) -> None:
    job = house.job()
    house.say(job, "a", "b")
    assert house.api("GET", "/logs/types")[1]["data"] == ["job", "connection", "session", "system"]
    assert house.api("GET", "/logs/levels")[1]["data"] == ["debug", "info", "warning", "error", "critical"]
    before = house.api("GET", "/logs/stats")[1]["data"]
    house.cancel(job)
    house.database.tasks.insert_many(
        [{"_id": f"{job}-{n}", "status": status, "finished_at": int(time.time() * 1000)} for n, status in
         enumerate(("succeeded", "succeeded", "succeeded", "failed", "skipped"))]
    )  # fmt: skip
    after = house.api("GET", "/logs/stats")[1]["data"]
    assert after["jobs"]["other"] == before["jobs"]["other"] + 1
    grown = {name: after["devices"][name] - before["devices"][name] for name in after["devices"]}
    assert grown == {"succeeded": 3, "failed": 1, "other": 1} and after["success_rate"] == 75.0
    assert after["entries"] == sum(after["by_level"].values()) == sum(after["by_type"].values())
    empty = house.api("GET", "/logs/stats?from=1990-01-01&to=1990-01-02")[1]["data"]
    assert (empty["entries"], empty["success_rate"]) == (0, None)
    house.database.tasks.delete_many({"_id": {"$regex": f"^{job}-"}})

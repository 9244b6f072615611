"""Lists of a large fleet beside those of a small one: each question asked of both in turn, one at a time.

What is asked varies from request to request, so that no answer is one that was remembered. The fleets come in
through the bulk route, and their pulse as the monitor sends it.
"""

from __future__ import annotations

import http.client
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import eventlet

import netraven_chassis.patch  # noqa: F401 - before anything that opens a socket
from bench.effort import Effort
from bench.report import Table, number
from bench.tell import tell
from netraven_chassis.bus.client import Caller
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, System
from tests.servers.rabbitmq import RabbitMQ

TIMES = 2.0  # a question may take so many times as long in a fleet a hundred times as large
_CHUNK = 1000
_AT_ONCE = 4
_TAGS, _PLACES = 20, 50
_TYPES = ("router", "switch", "server", "other")


@dataclass(frozen=True, slots=True)
class Fleet:
    """A running system with so many devices."""

    size: int
    api: Api
    port: int
    ids: list[str]


# What is asked: a path for the request of this number.
QUESTIONS: Mapping[str, Callable[[Fleet, int], str]] = {
    "page 3 of 25": lambda _fleet, n: (
        f"/devices?page=3&size=25&sort={('name', '-name', 'ip_address')[n % 3]}"
    ),
    "q": lambda fleet, n: f"/devices?q={quote(f'sw-{n * 7919 % fleet.size:06}'[:8])}",
    "tag, with its total": lambda _fleet, n: f"/devices?tag=t{n % _TAGS}",
    "two tags and a place": lambda _fleet, n: (
        f"/devices?tag=t{n % _TAGS}&tag=u{n % 7}&location=Place%20{n % _PLACES}"
    ),
    "q and another filter": lambda _fleet, n: f"/devices?q={n % 100:02}&device_type={_TYPES[n % 4]}",
    "sort=-last_ping": lambda _fleet, n: f"/devices?sort=-last_ping&page={1 + n % 4}",
    "sort=last_ping": lambda _fleet, n: f"/devices?sort=last_ping&page={1 + n % 4}",
    "status": lambda _fleet, n: f"/devices?status=unknown&page={1 + n % 4}",
    "one as it was": lambda fleet, n: f"/devices/{fleet.ids[n * 7919 % fleet.size]}?at={_now()}",
    "tags with their counts": lambda _fleet, _n: "/tags?size=25",
}


def run(effort: Effort) -> list[Table]:
    """Both fleets, every question."""
    large = effort.devices * 10
    with ExitStack() as stack:
        mongod, broker = stack.enter_context(Mongod()), stack.enter_context(RabbitMQ())
        fleets = [stack.enter_context(_fleet(mongod, broker, size)) for size in (large // 100, large)]
        times: dict[str, list[list[float]]] = {name: [[], []] for name in QUESTIONS}
        for turn in range(effort.rounds):
            tell(f"asking, round {turn + 1} of {effort.rounds}")
            for name, question in QUESTIONS.items():
                for fleet, taken in zip(fleets, times[name], strict=True):
                    taken += _ask(fleet, question, turn, max(5, int(effort.seconds * 20)))
    return [_table(fleets, times)]


@contextmanager
def _fleet(mongod: Mongod, broker: RabbitMQ, size: int) -> Iterator[Fleet]:
    tell(f"a fleet of {size}")
    uri = broker.vhost()
    env = {
        "AMQP_URI": uri,
        "MONGODB_URI": mongod.uri,
        "NETRAVEN_DATABASE_PREFIX": f"bench_{secrets.token_hex(4)}",
        "PING_ENABLED": "false",
    }
    with System(env) as system:
        api = Api(system.url, timeout=120).log_in()
        ids = _import(api, size)
        _pulse(uri, ids)
        (gateway,) = system.of("gateway")
        yield Fleet(size, api, gateway.port, ids)


def _import(api: Api, size: int) -> list[str]:
    def post(start: int) -> list[str]:
        rows = [_device(number) for number in range(start, min(size, start + _CHUNK))]
        path = "/devices/bulk?create_missing_tags=true"
        made = Api(api.url, timeout=120).log_in().until(200, "POST", path, rows, within=120)
        return [row["id"] for row in made["data"]["created"]]

    first = post(0)  # alone, because it makes the tags
    rest = eventlet.GreenPool(_AT_ONCE).imap(post, range(_CHUNK, size, _CHUNK))
    return [*first, *(one for some in rest for one in some)]


def _device(number: int) -> dict[str, object]:
    return {
        "name": f"sw-{number:06}",
        "ip_address": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        "device_type": _TYPES[number % 7 % 4],
        "location": f"Place {number % _PLACES}",
        "serial": f"FDO{number:08}",
        "tags": [f"t{number % _TAGS}", f"u{number % 7}"],
    }


def _pulse(uri: str, ids: list[str]) -> None:
    caller = Caller(uri, "bench")
    caller.start()
    at = int(time.time() * 1000)
    for start in range(0, len(ids), _CHUNK):
        samples = [
            [one, at - number % 60_000, 1.5] for number, one in enumerate(ids[start : start + _CHUNK], start)
        ]
        caller.client("devices", 20.0).pulse(samples=samples)
    caller.stop()


def _ask(fleet: Fleet, question: Callable[[Fleet, int], str], turn: int, count: int) -> list[float]:
    """Milliseconds of so many requests over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=30)
    headers = {"Authorization": f"Bearer {fleet.api.log_in().token}"}
    taken = []
    for n in range(-3, count):  # the first ones warm up
        path = question(fleet, abs(n) + turn * count)
        began = time.perf_counter()
        connection.request("GET", f"/api{path}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        if n >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    connection.close()
    return taken


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _table(fleets: list[Fleet], times: Mapping[str, list[list[float]]]) -> Table:
    rows = []
    for name, (few, many) in times.items():
        small, large = _p99(few), _p99(many)
        reached = "reached" if large <= TIMES * small else "missed"
        rows.append(
            [
                name,
                number(statistics.median(few)),
                number(small),
                number(statistics.median(many)),
                number(large),
                f"{large / small:.2f} x (≤ {TIMES:g}: {reached})",
            ]
        )
    sizes = [f"{fleet.size:,}" for fleet in fleets]
    return Table(
        f"Inventory of {sizes[1]} beside {sizes[0]}",
        "One request after the other over one connection, both fleets in turn; gateway, services, RabbitMQ "
        "and mongod as processes of their own.",
        ("question", *(f"{part} ms, {size}" for size in sizes for part in ("p50", "p99")), "p99 to p99"),
        rows,
    )


def _p99(milliseconds: list[float]) -> float:
    return statistics.quantiles(milliseconds, n=100, method="inclusive")[98]

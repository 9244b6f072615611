"""The API under load: one device, a page of 25 and a new device, ours and our peers' in turn.

Closed loop: wrk with 16 connections. Open loop: requests at a fixed rate, timed from when they were due.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from bench import contestants
from bench.contestants import BARE, EMBEDDED, MONOLITH, OURS, PLAIN, Contestant
from bench.effort import Effort
from bench.load.closed import closed_loop
from bench.load.open import open_loop
from bench.load.target import PAGE_PATH, Target
from bench.report import Table, against, number, ratio
from bench.rounds import Figure, medians
from bench.tell import tell
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

GET_TO_BARE, POST_TO_MONOLITH = 0.8, 0.5
TITLES = {"one": "GET one device", "page": "GET a page of 25", "post": "POST a device"}
_HOT = 1000  # devices asked for in turn
_networks = itertools.count(1)

Figures = dict[str, dict[str, Figure]]  # request -> contestant -> figure


def run(effort: Effort) -> list[Table]:
    """Both loops over all contestants."""
    with _running(effort) as all_of_them:
        closed = {kind: _closed(kind, all_of_them, effort) for kind in TITLES}
        opened = {kind: _opened(kind, all_of_them, effort) for kind in TITLES}
    return [_closed_table(closed, effort), _open_table(opened, effort)]


@contextmanager
def _running(effort: Effort) -> Iterator[dict[str, Contestant]]:
    """Everybody at once: who is not being measured idles. Embedded NetRaven brings a database of its own."""
    with ExitStack() as stack:
        mongodb, broker = stack.enter_context(Mongod()), stack.enter_context(RabbitMQ())
        tell(f"starting, and creating {effort.devices} devices in each")
        found = {MONOLITH: stack.enter_context(contestants.monolith(mongodb.uri, effort.devices))}
        ids = found[MONOLITH].ids
        for name, calls in ((BARE, "chassis"), (PLAIN, "nameko")):
            found[name] = stack.enter_context(contestants.bare(mongodb.uri, broker.vhost(), ids, calls))
        for name, uri, amqp in ((OURS, mongodb.uri, broker.vhost()), (EMBEDDED, "", "")):
            found[name] = stack.enter_context(contestants.netraven(uri, amqp, effort.devices))
        yield found


def _closed(kind: str, running: Mapping[str, Contestant], effort: Effort) -> dict[str, Figure]:
    def load(target: Target, seconds: float) -> Figure:
        return closed_loop(target, effort.connections, seconds)

    return _measured(kind, running, effort, load)


def _opened(kind: str, running: Mapping[str, Contestant], effort: Effort) -> dict[str, Figure]:
    def load(target: Target, seconds: float) -> Figure:
        return open_loop(target, effort.rates[kind], seconds)

    return _measured(kind, running, effort, load)


def _measured(
    kind: str, running: Mapping[str, Contestant], effort: Effort, load: Callable[[Target, float], Figure]
) -> dict[str, Figure]:
    """The medians of one request for everybody who answers it."""
    answering = {name: one for name, one in running.items() if kind == "one" or name not in (BARE, PLAIN)}

    def case(name: str) -> Callable[[], Figure]:
        def measure() -> Figure:
            ready = contestants.fresh_token(answering[name], name in (OURS, EMBEDDED))
            load(_target(kind, ready), effort.warm_up)
            return load(_target(kind, ready), effort.seconds)

        return measure

    tell(TITLES[kind])
    return medians({name: case(name) for name in answering}, effort.rounds, tell)


def _target(kind: str, contestant: Contestant) -> Target:
    if kind == "post":
        return Target(contestant.port, contestant.token, network=f"11.{next(_networks)}")
    paths = [PAGE_PATH] if kind == "page" else [f"/api/devices/{one}" for one in contestant.ids[:_HOT]]
    return Target(contestant.port, contestant.token, paths)


def _closed_table(figures: Figures, effort: Effort) -> Table:
    rows = [
        [TITLES[kind], name, number(one.rate), *_latency(one), *_ratios(kind, name, figures[kind])]
        for kind in TITLES
        for name, one in figures[kind].items()
    ]
    return Table(
        f"API, closed loop ({effort.connections} connections, inventory of {effort.devices:,})",
        "Requests per second, and the milliseconds that half and 99 % of them took.",
        (
            "request",
            "system",
            "req/s",
            "p50 ms",
            "p99 ms",
            "errors",
            "to the monolith",
            "to bare",
        ),
        rows,
        (
            "monolith: Flask and pymongo under gunicorn with two sync workers: same token check, validation "
            "and write concern, no events, no access log (we write a line for each request)",
            "bare: a Nameko HTTP entrypoint, one call over RabbitMQ by our RPC classes, one find_one; no "
            "log-in, no envelope; and the same with Nameko's own RPC as it comes",
            "NetRaven: gateway, devices, auth and monitor as four processes on RabbitMQ and the same mongod; "
            "embedded: one process and its private mongod",
        ),
    )


def _open_table(figures: Figures, effort: Effort) -> Table:
    rows = [
        [TITLES[kind], str(effort.rates[kind]), name, number(one.rate), *_latency(one)]
        for kind in TITLES
        for name, one in figures[kind].items()
    ]
    return Table(
        "API, open loop (fixed rate)",
        "Latency counts from the moment at which each request was due, not from when it could be sent.",
        ("request", "asked/s", "system", "answered/s", "p50 ms", "p99 ms", "errors"),
        rows,
    )


def _latency(figure: Figure) -> list[str]:
    return [number(figure.p50), number(figure.p99), str(figure.errors)]


def _ratios(kind: str, name: str, figures: Mapping[str, Figure]) -> list[str]:
    mine, monolith = figures[name].rate, figures[MONOLITH].rate
    if name == MONOLITH:
        return ["1", ""]
    if kind == "post":
        return [against(mine, monolith, POST_TO_MONOLITH) if name == OURS else ratio(mine, monolith), ""]
    bare = figures[BARE].rate if BARE in figures else 0.0
    asked = kind == "one" and name == OURS
    return [ratio(mine, monolith), against(mine, bare, GET_TO_BARE) if asked else ratio(mine, bare)]

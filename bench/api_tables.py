"""The tables of api.py: what was asked, who answered, what was to be reached. Nothing is measured."""

from __future__ import annotations

from collections.abc import Mapping

from bench.contestants import BARE, MONOLITH, OURS, PLAIN
from bench.effort import Effort
from bench.report import Table, against, number, ratio
from bench.rounds import Figure

GET_TO_BARE, POST_TO_MONOLITH = 0.8, 0.5
TITLES = {"one": "GET one device", "page": "GET a page of 25", "post": "POST a device"}
ANSWER_ONE_ONLY = (BARE, PLAIN)

Figures = Mapping[str, Mapping[str, Figure]]  # request -> contestant -> figure
Costs = Mapping[str, Mapping[str, Mapping[str, float]]]  # request -> contestant -> process -> milliseconds

_WHO = (
    "monolith: Flask and pymongo under gunicorn with two sync workers: same token check, validation and "
    "write concern; no events, no access log (we write a line for each request); such workers end the "
    "connection after each answer, and we keep it",
    "bare: a Nameko HTTP entrypoint, one call over RabbitMQ by our RPC classes, one find_one; no log-in, no "
    "envelope; and the same with Nameko's own RPC as it comes",
    "NetRaven: gateway, devices, auth and monitor as four processes on RabbitMQ and the monolith's mongod; "
    "embedded: one process and its private mongod",
)


def closed(figures: Figures, effort: Effort) -> Table:
    """Throughput and its ratios."""
    return Table(
        f"API, closed loop ({effort.connections} connections, inventory of {effort.devices:,})",
        "Requests per second, and the milliseconds that half and 99 % of them took.",
        ("request", "system", "req/s", "p50 ms", "p99 ms", "errors", "to the monolith", "to bare"),
        [
            [TITLES[kind], name, number(one.rate), *_latency(one), *_ratios(kind, name, figures[kind])]
            for kind in figures
            for name, one in figures[kind].items()
        ],
        _WHO,
    )


def costs(figures: Costs) -> Table:
    """Where the processor time of one request goes."""
    return Table(
        "API, cost of a request",
        "Milliseconds of processor time per request in the closed loop, by process.",
        ("request", "system", "all", "of which"),
        [
            [TITLES[kind], name, f"{sum(parts.values()):.2f}", _parts(parts)]
            for kind in figures
            for name, parts in figures[kind].items()
        ],
        ("mongod and RabbitMQ also serve the idle systems; that is counted here and is small",),
    )


def opened(figures: Figures, effort: Effort) -> Table:
    """Latency at a fixed rate."""
    return Table(
        "API, open loop (fixed rate)",
        "Latency counts from the moment at which each request was due, not from when it could be sent.",
        ("request", "asked/s", "system", "answered/s", "p50 ms", "p99 ms", "errors"),
        [
            [TITLES[kind], str(effort.rates[kind]), name, number(one.rate), *_latency(one)]
            for kind in figures
            for name, one in figures[kind].items()
        ],
    )


def _latency(figure: Figure) -> list[str]:
    return [number(figure.p50), number(figure.p99), str(figure.errors)]


def _parts(parts: Mapping[str, float]) -> str:
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{who} {cost:.2f}" for who, cost in ordered if cost >= 0.005)


def _ratios(kind: str, name: str, figures: Mapping[str, Figure]) -> list[str]:
    mine, peer = figures[name].rate, figures[MONOLITH].rate
    to_monolith = (
        against(mine, peer, POST_TO_MONOLITH) if (kind, name) == ("post", OURS) else ratio(mine, peer)
    )
    if BARE not in figures:
        return [to_monolith, ""]
    floor = figures[BARE].rate
    return [to_monolith, against(mine, floor, GET_TO_BARE) if name == OURS else ratio(mine, floor)]

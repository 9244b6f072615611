"""`netraven status`: every part of a running system at a glance."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from netraven_cli import options, render
from netraven_cli.exits import Exit, Stop

_PARTS = ("api", "broker", "database", "scheduler")


def status(url: options.Url, json: options.Json = False) -> None:
    """Show whether every part of the system is up. Exit status 1 when the broker or the database is down."""
    told = options.api(url).get("/status")
    if json:
        render.as_json(told)
    else:
        _print(told)
    down = [part for part in _PARTS[:3] if told[part] == "down"]
    if down:
        raise Stop(Exit.FAILED, f"down: {', '.join(down)}")


def _print(told: dict[str, Any]) -> None:
    line = Text()
    for part in _PARTS:
        line.append(f"{part} ").append(told[part], style=render.STYLES.get(told[part], "")).append("   ")
    line.append(f"workers {told['workers']}")
    render.out.print(line)
    waiting = ", ".join(f"{row['depth']} in {row['name']}" for row in told["queues"] if row["depth"])
    if waiting:
        render.out.print(Text(f"waiting: {waiting}"))
    for row in told["services"]:
        if row.get("ping_reason"):
            render.out.print(Text(f"not pinging: {row['ping_reason']} ({row['instance']})", style="yellow"))
    render.out.print()
    columns = (
        "service",
        "status",
        "instance",
        "version",
        "handled",
        "failed",
        "p50_ms",
        "p99_ms",
        "last_seen",
    )
    render.out.print(render.table(columns, sorted(told["services"], key=lambda row: str(row["service"]))))
    behind = [row for row in told["subscriptions"] if row["lag"] or row["parked"]]
    if behind:
        render.out.print()
        render.out.print(render.table(("service", "name", "position", "lag", "parked", "errors"), behind))

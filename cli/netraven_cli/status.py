"""`netraven status`: every part of a running system at a glance."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from netraven_cli import ailing, options, render
from netraven_cli.exits import Exit, Stop


def status(url: options.Url, json: options.Json = False) -> None:
    """Show whether every part of the system is up. Exit status 1 when one is down, which is named with the
    time since when nothing was heard of it.
    """
    told = options.api(url).get("/status")
    if json:
        render.as_json(told)
    else:
        _print(told)
    if down := ailing.down(told):
        raise Stop(Exit.FAILED, f"down: {', '.join(down)}")


def _print(told: dict[str, Any]) -> None:
    line = Text()
    for part in ailing.PARTS:
        line.append(f"{part} ").append(told[part], style=render.STYLES.get(told[part], "")).append("   ")
    line.append(f"workers {told['workers']}")
    render.out.print(line)
    waiting = ", ".join(f"{row['depth']} in {row['name']}" for row in told["queues"] if row["depth"])
    if waiting:
        render.out.print(Text(f"waiting: {waiting}"))
    for hint in ailing.hints(told):
        render.out.print(Text(render.printable(hint), style="yellow"))
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

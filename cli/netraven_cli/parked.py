"""`netraven parked …`: changes that a service could not take in: seen, tried again, given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli import confirming, options, render
from netraven_cli.exits import ApiError, Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Changes that a service could not take in, for administrators: list, replay, drop.\n\n"
    "What comes later of the same thing waits behind them; all else goes on.",
)

_COLUMNS = ("id", "stream", "error", "parked_at")
_Service = Annotated[str | None, typer.Option("--service", help="devices, monitor, jobs or auth.")]


@app.command("list")
def list_parked(url: options.Url, service: _Service = None, json: options.Json = False) -> None:
    """List what is parked and why."""
    rows = list(options.api(url).pages("/parked", {"service": service} if service else {}))
    if json:
        render.as_json(rows)
        return
    render.out.print(render.table(_COLUMNS, rows, None if rows else "nothing is parked"))


@app.command("replay")
def replay_parked(
    url: options.Url,
    parked: Annotated[list[str] | None, typer.Argument(help="Ids, from netraven parked list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that is parked.")] = False,
    service: _Service = None,
) -> None:
    """Try again, in order, all that is parked of the same thing. Ends with 5 when something fails again.

    [dim]netraven parked replay --all --service jobs[/dim]
    """
    if bool(parked) == every:
        raise Stop(Exit.USAGE, "name what to try again, or give --all")
    server = options.api(url)
    replayed, failures = 0, list[ApiError]()
    for ident in parked or _one_of_each(server, service):
        try:
            replayed += server.call("POST", f"/parked/{ident}/replay")["data"]["replayed"]
        except ApiError as error:
            failures.append(error)
    render.note(f"{replayed} went in.")
    if failures:
        raise failures[0]


def _one_of_each(server: Api, service: str | None) -> list[str]:
    """The id of one parked change of each thing, which stands for all of it."""
    rows = server.pages("/parked", {"service": service} if service else {})
    return list({(row["service"], row["follower"], row["stream"]): row["id"] for row in rows}.values())


@app.command("drop")
def drop_parked(
    url: options.Url,
    parked: Annotated[str, typer.Argument(help="Its id, from netraven parked list.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Give up a change: it is never taken in. What waits behind it goes on when it is replayed."""
    if not yes:
        confirming.confirm(f"Give up {parked} for good?")
    options.api(url).call("DELETE", f"/parked/{parked}")
    render.note(f"Gave up {parked}.")

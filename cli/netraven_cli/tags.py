"""`netraven tags …`: the words that devices are sorted by."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli import options, render

app = typer.Typer(no_args_is_help=True, help="Words that devices are sorted by: list, add.")

_COLUMNS = ("name", "color", "device_count", "description", "id")


@app.command("list")
def list_tags(
    url: options.Url,
    q: Annotated[str | None, typer.Option("--q", help="Part of the name or the description.")] = None,
    json: options.Json = False,
) -> None:
    """List all tags."""
    rows = list(options.api(url).pages("/tags", {"sort": "name", **({"q": q} if q else {})}))
    render.answer(rows, json, lambda: render.table(_COLUMNS, rows, None if rows else "no tags"))


@app.command("add")
def add_tag(
    url: options.Url,
    name: Annotated[str, typer.Argument(help="Unique, whatever the case.")],
    color: Annotated[str | None, typer.Option(help="For screens, such as #3b82f6.")] = None,
    description: Annotated[str | None, typer.Option(help="What it stands for.")] = None,
    json: options.Json = False,
) -> None:
    """Add a tag.

    [dim]netraven tags add core --color "#3b82f6" --description "The core ring"[/dim]
    """
    given = {"name": name, "color": color, "description": description}
    body = {field: value for field, value in given.items() if value is not None}
    made = options.api(url).call("POST", "/tags", body)["data"]
    if json:
        render.as_json(made)
    else:
        render.note(f"Added tag {made['name']} ({made['id']}).")

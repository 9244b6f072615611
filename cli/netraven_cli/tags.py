"""`netraven tags …`: the words that devices are sorted by."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli import changes, confirming, find, options, render

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Words that devices are sorted by: list, add, change, delete.",
)

Tag = Annotated[str, typer.Argument(help="Its id or name.")]
Color = Annotated[str | None, typer.Option(help="For screens, such as #3b82f6.")]
Description = Annotated[str | None, typer.Option(help="What it stands for.")]
_LINE = "tag {name} ({id})."
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
    color: Color = None,
    description: Description = None,
    json: options.Json = False,
) -> None:
    """Add a tag.

    [dim]netraven tags add core --color "#3b82f6" --description "The core ring"[/dim]
    """
    given = {"name": name, "color": color, "description": description}
    body = {field: value for field, value in given.items() if value is not None}
    changes.add(options.api(url), "/tags", body, _LINE, json)


@app.command("change")
def change_tag(
    url: options.Url,
    tag: Tag,
    name: Annotated[str | None, typer.Option(help="Its new name; all its devices show it.")] = None,
    color: Color = None,
    description: Description = None,
    json: options.Json = False,
) -> None:
    """Change a tag; what is not given stays. An empty text clears color and description.

    [dim]netraven tags change core --name backbone --description ""[/dim]
    """
    given = {"name": name, "color": color, "description": description}
    # An empty name is the server's to refuse.
    body = {
        field: value or (value if field == "name" else None)
        for field, value in given.items()
        if value is not None
    }
    changes.must_be(body)
    server = options.api(url)
    changes.change(server, f"/tags/{find.tag_id(server, tag)}", body, _LINE, json)


@app.command("delete")
def delete_tag(
    url: options.Url,
    tag: Tag,
    cascade: Annotated[
        bool, typer.Option("--cascade", help="Take it from the devices that have it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a tag. One in use is refused (status 5), unless --cascade takes it from its devices."""
    server = options.api(url)
    tag_id = find.tag_id(server, tag)
    told = server.get(f"/tags/{tag_id}")
    if not yes:
        confirming.confirm(f"Delete the tag {told['name']} ({told['device_count']} devices have it)?")
    server.call("DELETE", f"/tags/{tag_id}", params={"cascade": "true"} if cascade else None)
    render.note(f"Deleted tag {told['name']}.")

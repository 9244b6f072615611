"""`netraven history …`: who changed what, when, from what to what."""

# Annotations are no strings here: those of the commands below are made with each of them.
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import find, options, render

if TYPE_CHECKING:
    from netraven_cli.client import Api

app = typer.Typer(no_args_is_help=True, help="Who changed what, when, from what to what.")

_NAMED = 10  # of a list in one cell
_COLUMNS = ("at", "by", "event", "changes", "request_id", "id")
Page = Annotated[int, typer.Option(help="Which page, from 1; the newest come first.", min=1)]
Size = Annotated[int, typer.Option(help="Entries on a page.", min=1, max=1000)]


@dataclass(frozen=True, slots=True)
class Kind:
    """Something with a history: where it is, how one is found, and what is said of both in the help."""

    path: str
    ident: Callable[["Api", str], str]
    meant: str
    told: str


KINDS = {
    "device": Kind(
        "/devices", find.device_id, "Its id, address or name.",
        "What happened to a device; of one that is removed by its id.",
    ),
    "tag": Kind(
        "/tags", find.tag_id, "Its id or name.",
        "What happened to a tag; to one that is deleted by its id.",
    ),
    "credential": Kind(
        "/credentials", find.credential_id, "Its id or name.",
        "What happened to a credential; its secrets are in no history.",
    ),
    "user": Kind(
        "/users", find.user_id, "The id or user name.",
        "What happened to a user; for administrators.",
    ),
}  # fmt: skip


def _command(name: str, kind: Kind) -> Callable[..., None]:
    """`netraven history NAME`."""

    def command(
        url: options.Url,
        which: Annotated[str, typer.Argument(help=kind.meant, metavar=name)],
        page: Page = 1,
        size: Size = 25,
        json: options.Json = False,
    ) -> None:
        server = options.api(url)
        _show(server, f"{kind.path}/{kind.ident(server, which)}", page, size, json)

    return command


for _name, _kind in KINDS.items():
    app.command(_name, help=_kind.told, hidden=_name == "user")(_command(_name, _kind))
# As in `netraven users …`; the word for one of them is understood as well.
app.command("users", help=KINDS["user"].told)(_command("user", KINDS["user"]))


def _show(server: "Api", path: str, page: int, size: int, json: bool) -> None:
    answer = server.call("GET", f"{path}/history", params={"page": page, "size": size})
    if json:
        render.as_json(answer["data"])
        return
    caption = f"{answer['total']} entries, page {page} of {max(1, -(-answer['total'] // size))}"
    render.out.print(render.table(_COLUMNS, map(_row, answer["data"]), caption))


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    changes = [f"{one['field']}: {_said(one['from'])} → {_said(one['to'])}" for one in entry["changes"]]
    return {**entry, "by": entry["actor"]["name"], "changes": "\n".join(changes)}


def _said(value: Any) -> str:
    if value is None or value in ("", []):
        return "-"
    if not isinstance(value, list):
        return str(value)
    named = [str(one.get("name", one)) if isinstance(one, dict) else str(one) for one in value]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more

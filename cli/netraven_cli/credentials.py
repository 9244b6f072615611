"""`netraven credentials …`: what the system logs in to devices with. A secret is sealed before it is sent."""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import asking, changes, confirming, find, options, render
from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api

app = typer.Typer(
    no_args_is_help=True,
    help="What devices are logged in to with: list, add, show, change, roll back, remove.",
)

_LINE = "{name}: {id}"
_COLUMNS = ("name", "username", "method", "priority", "tags", "success_rate", "secret_version", "id")
_PANEL = "Secret"
Credential = Annotated[str, typer.Argument(help="Its id or name.")]
Username = Annotated[str, typer.Option(help="Logs in under this name.")]
Method = Annotated[str, typer.Option(help="ssh, snmp or api.")]
Priority = Annotated[int | None, typer.Option(help="1 to 1000; lower is tried first.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="For devices with it; repeat it for several.")]
Description = Annotated[str | None, typer.Option(help="For people.")]
_File = typer.Option(help="Read it from this file.", rich_help_panel=_PANEL)
SecretFile = Annotated[Path | None, _File]
SecretStdin = Annotated[
    bool, typer.Option("--secret-stdin", help="Read it from standard input.", rich_help_panel=_PANEL)
]
IsKey = Annotated[
    bool, typer.Option("--private-key", help="It is an SSH private key.", rich_help_panel=_PANEL)
]
AskMore = Annotated[
    bool,
    typer.Option("--ask-more", help="Ask for the enable secret or the passphrase.", rich_help_panel=_PANEL),
]
MoreFile = Annotated[
    Path | None,
    typer.Option(help="Read the enable secret or the passphrase from here.", rich_help_panel=_PANEL),
]


@app.command("list")
def list_credentials(
    url: options.Url,
    q: Annotated[str | None, typer.Option("--q", help="Part of name, user name or description.")] = None,
    method: Annotated[str | None, typer.Option(help="Exactly this method.")] = None,
    tag: Annotated[str | None, typer.Option(help="For devices with this tag.")] = None,
    min_success: Annotated[int | None, typer.Option(help="At least this percent worked.")] = None,
    json: options.Json = False,
) -> None:
    """List credentials; their secrets are shown to nobody."""
    wanted = {"q": q, "method": method, "tag": tag, "min_success": min_success}
    params = {name: value for name, value in wanted.items() if value is not None}
    rows = list(options.api(url).pages("/credentials", {"sort": "name", **params}))
    render.answer(rows, json, lambda: render.table(_COLUMNS, rows, None if rows else "no credentials"))


@app.command("show")
def show_credential(
    url: options.Url,
    credential: Credential,
    window: Annotated[str | None, typer.Option(help="Count attempts of this long only: 24h, 7d.")] = None,
    json: options.Json = False,
) -> None:
    """Show a credential and how often it worked."""
    server = options.api(url)
    params = {"window": window} if window else None
    told = server.get(f"/credentials/{find.credential_id(server, credential)}", params)
    render.answer(told, json, lambda: render.fields(told))


@app.command("add")
def add_credential(
    url: options.Url,
    name: Annotated[str, typer.Argument(help="Unique, whatever the case.")],
    username: Username,
    method: Method = "ssh",
    priority: Priority = None,
    tag: Tags = None,
    description: Description = None,
    secret_file: SecretFile = None,
    secret_stdin: SecretStdin = False,
    private_key: IsKey = False,
    ask_more: AskMore = False,
    more_file: MoreFile = None,
    json: options.Json = False,
) -> None:
    """Add a credential. The secret is asked for, or read; it is sealed here and travels only so.

    [dim]netraven credentials add core-ro --username netops --tag core
    netraven credentials add lab --username ops --private-key --secret-file ~/.ssh/lab[/dim]
    """
    parts = _parts(secret_file, secret_stdin, private_key, ask_more, more_file)
    server = options.api(url)
    given = {"name": name, "username": username, "method": method}
    body = {**given, **_body(priority, tag, description), **_sealed(server, parts)}
    changes.add(server, "/credentials", body, _LINE, json)


@app.command("change")
def change_credential(
    url: options.Url,
    credential: Credential,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    username: Annotated[str | None, typer.Option(help="Logs in under this name.")] = None,
    method: Annotated[str | None, typer.Option(help="ssh, snmp or api.")] = None,
    priority: Priority = None,
    tag: Tags = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="For devices with any tags.")] = False,
    description: Description = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Ask for a new one.", rich_help_panel=_PANEL)
    ] = False,
    secret_file: SecretFile = None,
    secret_stdin: SecretStdin = False,
    private_key: IsKey = False,
    ask_more: AskMore = False,
    more_file: MoreFile = None,
    json: options.Json = False,
) -> None:
    """Change a credential; what is not given stays. A new secret is its next version."""
    given = {"name": name, "username": username, "method": method}
    body = {field: value for field, value in given.items() if value is not None}
    body |= _body(priority, [] if no_tags else tag, description)
    wanted = new_secret or secret_stdin or secret_file is not None
    changes.must_be(body or wanted)
    parts = _parts(secret_file, secret_stdin, private_key, ask_more, more_file) if wanted else {}
    server = options.api(url)
    ident = find.credential_id(server, credential)
    body |= _sealed(server, parts) if wanted else {}
    changes.change(server, f"/credentials/{ident}", body, _LINE, json)


@app.command("rollback")
def roll_back(
    url: options.Url,
    credential: Credential,
    to: Annotated[int | None, typer.Option(help="Which version; else the one before.")] = None,
    json: options.Json = False,
) -> None:
    """Put an earlier version of the secret in force again."""
    server = options.api(url)
    path = f"/credentials/{find.credential_id(server, credential)}/rollback"
    told = server.call("POST", path, {} if to is None else {"secret_version": to})["data"]
    changes.tell(told, f"Secret version {{secret_version}} is in force for {_LINE}", json)


@app.command("remove")
def remove_credential(
    url: options.Url,
    credential: Credential,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a credential and destroy all versions of its secret."""
    server = options.api(url)
    ident = find.credential_id(server, credential)
    told = server.get(f"/credentials/{ident}")
    if not yes:
        confirming.confirm(f"Remove {told['name']} ({told['username']}) and destroy its secret?")
    server.call("DELETE", f"/credentials/{ident}")
    render.note(f"Removed {told['name']}.")


def _body(priority: int | None, tags: list[str] | None, description: str | None) -> dict[str, Any]:
    given = {"priority": priority, "tags": tags, "description": description}
    return {field: value for field, value in given.items() if value is not None}


def _parts(
    file: Path | None, from_stdin: bool, is_key: bool, ask_more: bool, more_file: Path | None
) -> dict[str, str]:
    first, second = ("private_key", "passphrase") if is_key else ("password", "enable")
    if is_key and file is None and not from_stdin:
        raise Stop(Exit.USAGE, "a private key is read with --secret-file or --secret-stdin")
    parts = {first: asking.secret(first.replace("_", " "), "--secret", file, from_stdin)}
    if is_key:
        _must_be_key(parts[first])
        parts[first] += "\n"  # the end of the last line belongs to a key
    other = asking.more(second, ask_more, "--more", more_file)
    return parts if other is None else {**parts, second: other}


def _must_be_key(text: str) -> None:
    # Only here, because every other command would wait for this module too. The server sees it sealed.
    from netraven_contracts.credentials import KEY_FILE

    if not KEY_FILE.match(text):
        raise Stop(Exit.USAGE, "this is no private key: its file begins with -----BEGIN … PRIVATE KEY-----")


def _sealed(server: Api, parts: dict[str, str]) -> dict[str, str]:
    # Only here, because every other command would wait for this module too.
    from netraven_chassis.sealing import PublicKey

    key = PublicKey(server.get("/credentials/key"))
    return {"encrypted_secret": key.seal(jsons.dumps(parts).encode())}

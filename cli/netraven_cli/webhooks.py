"""`netraven webhooks …`: who is told by HTTP of what happens. A secret is sealed before it is sent."""

from __future__ import annotations

import json as jsons
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import asking, changes, confirming, find, options, render
from netraven_cli.exits import Exit

if TYPE_CHECKING:
    from netraven_cli.client import Api

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Who is told by HTTP what happens: list, add, change, remove, deliveries, test.",
)

_LINE = "{name}: {id}"
_COLUMNS = ("name", "enabled", "events", "url", "id")
_DELIVERY_COLUMNS = (
    "created_at",
    "event",
    "status",
    "attempts",
    "response_code",
    "error",
    "next_attempt_at",
    "id",
)
_EVENTS = "configuration.changed, task.failed or job.finished; repeat it for several."
_LOOK_SECONDS = 0.5
Webhook = Annotated[str, typer.Argument(help="Its id or name.")]
SecretFile = Annotated[Path | None, typer.Option(help="Read the secret from this file.")]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="Read the secret from standard input.")]


@app.command("list")
def list_webhooks(url: options.Url, json: options.Json = False) -> None:
    """List webhooks; their secrets are shown to nobody."""
    rows = list(options.api(url).pages("/webhooks", {}))
    render.answer(rows, json, lambda: render.table(_COLUMNS, rows, None if rows else "no webhooks"))


@app.command("add")
def add_webhook(
    url: options.Url,
    name: Annotated[str, typer.Argument(help="Unique, whatever the case.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Told by POST: https://…")],
    event: Annotated[list[str], typer.Option("--event", help=_EVENTS)],
    description: Annotated[str | None, typer.Option(help="For people.")] = None,
    secret_file: SecretFile = None,
    secret_stdin: SecretStdin = False,
    json: options.Json = False,
) -> None:
    """Add a webhook. The secret that signs is asked for, or read; it is sealed here and travels only so.

    [dim]netraven webhooks add chat https://hooks.example.org/raven --event configuration.changed[/dim]
    """
    secret = asking.secret("secret", "--secret", secret_file, secret_stdin)
    server = options.api(url)
    body = {"name": name, "url": address, "events": event, **_sealed(server, secret)}
    body |= {"description": description} if description is not None else {}
    changes.add(server, "/webhooks", body, _LINE, json)


@app.command("change")
def change_webhook(
    url: options.Url,
    webhook: Webhook,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="Told by POST: https://…")] = None,
    event: Annotated[list[str] | None, typer.Option("--event", help=_EVENTS)] = None,
    description: Annotated[str | None, typer.Option(help="For people.")] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Tell it, or leave it alone.")] = None,
    new_secret: Annotated[bool, typer.Option("--new-secret", help="Ask for a new one.")] = False,
    secret_file: SecretFile = None,
    secret_stdin: SecretStdin = False,
    json: options.Json = False,
) -> None:
    """Change a webhook; what is not given stays."""
    given = {"name": name, "url": address, "events": event, "description": description, "enabled": enabled}
    body = {field: value for field, value in given.items() if value is not None}
    wanted = new_secret or secret_stdin or secret_file is not None
    changes.must_be(body or wanted)
    secret = asking.secret("secret", "--secret", secret_file, secret_stdin) if wanted else None
    server = options.api(url)
    ident = find.webhook_id(server, webhook)
    body |= _sealed(server, secret) if secret is not None else {}
    changes.change(server, f"/webhooks/{ident}", body, _LINE, json)


@app.command("remove")
def remove_webhook(
    url: options.Url,
    webhook: Webhook,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Tell it nothing more, and destroy its secret."""
    server = options.api(url)
    ident = find.webhook_id(server, webhook)
    told = server.get(f"/webhooks/{ident}")
    if not yes:
        confirming.confirm(f"Remove {told['name']} ({told['url']})?")
    server.call("DELETE", f"/webhooks/{ident}")
    render.note(f"Removed {told['name']}.")


@app.command("deliveries")
def list_deliveries(
    url: options.Url,
    webhook: Webhook,
    status: Annotated[
        str | None, typer.Option(help="waiting, sending, delivered, failed or dropped.")
    ] = None,
    size: Annotated[int, typer.Option(help="How many of the latest.", min=1, max=1000)] = 25,
    json: options.Json = False,
) -> None:
    """List what was sent to a webhook and how it fared, the newest first."""
    server = options.api(url)
    params = {"size": size, **({"status": status} if status else {})}
    path = f"/webhooks/{find.webhook_id(server, webhook)}/deliveries"
    answer = server.call("GET", path, params=params)
    if json:
        render.as_json(answer["data"])
    else:
        caption = f"{answer['total']} deliveries"
        render.out.print(render.table(_DELIVERY_COLUMNS, answer["data"], caption))


@app.command("test")
def test_webhook(
    url: options.Url,
    webhook: Webhook,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for an answer.", min=0)] = 15.0,
    json: options.Json = False,
) -> None:
    """Send a webhook a word for trying and say how its first attempt fared; ends with 1 when it failed."""
    server = options.api(url)
    ident = find.webhook_id(server, webhook)
    told = server.call("POST", f"/webhooks/{ident}/test")["data"]
    until = time.monotonic() + wait
    while told["attempts"] == 0 and told["status"] in ("waiting", "sending") and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        told = server.get(f"/webhooks/{ident}/deliveries/{told['id']}")
    if json:
        render.as_json(told)
    else:
        render.note(_outcome(told))
    if told["status"] != "delivered":
        raise typer.Exit(Exit.FAILED)


def _outcome(told: dict[str, Any]) -> str:
    if told["status"] == "delivered":
        return f"It has taken it: {told['response_code']}."
    if told["attempts"]:
        return f"It has not taken it: {told['error']}."
    return f"Nothing has come of it yet ({told['status']}): is a worker running?"


def _sealed(server: Api, secret: str) -> dict[str, str]:
    # Only here, because every other command would wait for this module too.
    from netraven_chassis.seals import PublicKey

    key = PublicKey(server.get("/credentials/key"))
    return {"encrypted_secret": key.seal(jsons.dumps(secret).encode())}

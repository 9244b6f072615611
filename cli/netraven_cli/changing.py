"""`netraven devices add`, `change` and `remove`. What is right is the server's to say."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from netraven_cli import changes, confirming, find, options, render

Device = Annotated[str, typer.Argument(help="Its id, address or name.")]
_LINE = "{name} ({ip_address}): {id}"
_TYPES = "router, switch, server or other."
_TAG_HELP = "A tag by its name; repeat it for several."
_MISSING_HELP = "Create the tags that are not there yet."
Platform = Annotated[str | None, typer.Option(help="A Netmiko device type, such as cisco_ios.")]
Port = Annotated[int | None, typer.Option(help="TCP port for SSH; 22 unless given.")]
Notes = Annotated[str | None, typer.Option(help="Whatever people should know.")]
Serial = Annotated[str | None, typer.Option(help="Its serial number.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help=_TAG_HELP)]
Missing = Annotated[bool, typer.Option("--create-missing-tags", help=_MISSING_HELP)]


def add_device(
    url: options.Url,
    name: Annotated[str, typer.Option(help="What people call it.")],
    ip: Annotated[str, typer.Option(help="Its IPv4 address; unique.")],
    device_type: Annotated[str, typer.Option("--type", help=_TYPES)],
    location: Annotated[str, typer.Option(help="Where it stands.")],
    platform: Platform = None,
    port: Port = None,
    serial: Serial = None,
    notes: Notes = None,
    tag: Tags = None,
    create_missing_tags: Missing = False,
    json: options.Json = False,
) -> None:
    """Add a device.

    [dim]netraven devices add --name core-1 --ip 10.0.0.1 --type router --location "Zurich" --tag core[/dim]
    """
    given = {"name": name, "ip_address": ip, "device_type": device_type, "location": location}
    more = {"platform": platform, "port": port, "serial": serial, "notes": notes, "tags": tag}
    body = _body({**given, **more}, create_missing_tags)
    changes.add(options.api(url), "/devices", body, _LINE, json)


def change_device(
    url: options.Url,
    device: Device,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    ip: Annotated[str | None, typer.Option(help="Its IPv4 address; unique.")] = None,
    device_type: Annotated[str | None, typer.Option("--type", help=_TYPES)] = None,
    location: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    platform: Platform = None,
    port: Port = None,
    serial: Serial = None,
    notes: Notes = None,
    tag: Tags = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="Take all its tags away.")] = False,
    create_missing_tags: Missing = False,
    json: options.Json = False,
) -> None:
    """Change a device; what is not given stays. --tag replaces all its tags. An empty text clears a field.

    [dim]netraven devices change core-1 --location "Bern, rack 2" --notes ""[/dim]
    """
    given = {"name": name, "ip_address": ip, "device_type": device_type, "location": location}
    more = {"platform": platform, "port": port, "serial": serial, "notes": notes}
    body = _body({**given, **more, "tags": [] if no_tags else tag}, create_missing_tags)
    changes.must_be(body)
    server = options.api(url)
    changes.change(server, f"/devices/{find.device_id(server, device)}", body, _LINE, json)


def remove_device(
    url: options.Url,
    device: Device,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a device. Its history stays in the log."""
    server = options.api(url)
    device_id = find.device_id(server, device)
    told = server.get(f"/devices/{device_id}")
    if not yes:
        confirming.confirm(f"Remove {told['name']} ({told['ip_address']}, {told['location']})?")
    server.call("DELETE", f"/devices/{device_id}")
    render.note(f"Removed {told['name']} ({told['ip_address']}).")


def _body(given: dict[str, Any], create_missing_tags: bool) -> dict[str, Any]:
    body = {name: value for name, value in given.items() if value is not None}
    return {**body, "create_missing_tags": True} if create_missing_tags else body

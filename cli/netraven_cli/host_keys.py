"""`netraven devices host-key`: the key by which a device is known to jobs, and trusting another one."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli import confirming, find, options, render


def host_key(
    url: options.Url,
    device: Annotated[str, typer.Argument(help="Its id, address or name.")],
    accept: Annotated[bool, typer.Option("--accept", help="Trust the key that it shows now.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: options.Json = False,
) -> None:
    """Show the SSH host key of a device, and the other one that it has shown since, if any.

    Jobs leave a device with another key alone until that key is accepted. Compare fingerprints first.
    """
    server = options.api(url)
    path = f"/devices/{find.device_id(server, device)}/host-key"
    known = server.get(path)
    if accept:
        offered = known["offered_fingerprint"]
        if offered and not yes:
            confirming.confirm(f"Trust {offered} for {device} from now on?")
        # That one and no other, whatever the device has shown meanwhile.
        body = {"fingerprint": offered} if offered else {}
        known = server.call("POST", f"{path}/accept", body)["data"]
    render.answer(known, json, lambda: render.fields(known))

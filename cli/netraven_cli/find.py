"""Which device a person means: by its id, its address or its name. Nothing is changed here."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from netraven_cli.client import Api
from netraven_cli.exits import Exit, Stop


def device_id(server: Api, meant: str) -> str:
    """The id of the device called `meant`. Stop when there is none, or when a name means several."""
    if re.fullmatch(r"[0-9a-fA-F]{24}", meant):
        return meant.lower()
    filters = {"ip_address" if _is_address(meant) else "name": meant}
    answer = server.call("GET", "/devices", params={**filters, "size": 20})
    found: list[dict[str, Any]] = answer["data"]
    if not found:
        raise Stop(Exit.NOT_FOUND, f"there is no device {meant}")
    if len(found) > 1:
        told = {row["id"]: [f"{row['ip_address']}, {row['location']}"] for row in found}
        raise Stop(Exit.CONFLICT, f"{answer['total']} devices are called {meant}; use the id", told)
    return str(found[0]["id"])


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True

"""Which device, tag, credential, user, API token or schedule a person means: by its id, address or name.

Nothing is changed here.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api


def device_id(server: Api, meant: str, at: str | None = None) -> str:
    """The id of the device called `meant` now, or at the moment `at`. Stop when there is none, or when a name
    means several.
    """
    if is_id(meant):
        return meant.lower()
    filters = {"ip_address" if _is_address(meant) else "name": meant}
    then = {"at": at} if at else {}
    answer = server.call("GET", "/devices", params={**filters, **then, "size": 20})
    found: list[dict[str, Any]] = answer["data"]
    if not found:
        past = f"; one that was removed is found by netraven devices list --at TIME --q {meant}"
        raise Stop(Exit.NOT_FOUND, f"there {'was' if at else 'is'} no device {meant}{'' if at else past}")
    if len(found) > 1:
        told = {row["id"]: [f"{row['ip_address']}, {row['location']}"] for row in found}
        raise Stop(Exit.CONFLICT, f"{answer['total']} devices are called {meant}; use the id", told)
    return str(found[0]["id"])


def tag_id(server: Api, meant: str) -> str:
    """The id of the tag called `meant`. Stop when there is none."""
    return _only(server, "/tags", {"name": meant}, "tag", meant)


def user_id(server: Api, meant: str) -> str:
    """The id of the user called `meant`. Stop when there is none."""
    return _only(server, "/users", {"username": meant}, "user", meant)


def credential_id(server: Api, meant: str) -> str:
    """The id of the credential called `meant`. Stop when there is none."""
    return _only(server, "/credentials", {"q": meant}, "credential", meant)


def schedule_id(server: Api, meant: str) -> str:
    """The id of the schedule called `meant`. Stop when there is none, or when a name means several."""
    if is_id(meant):
        return meant.lower()
    found = [
        row for row in server.pages("/schedules", {}) if str(row.get("name")).casefold() == meant.casefold()
    ]
    if len(found) > 1:
        told = {row["id"]: [str(row["type"])] for row in found}
        raise Stop(Exit.CONFLICT, f"{len(found)} schedules are called {meant}; use the id", told)
    if not found:
        raise Stop(Exit.NOT_FOUND, f"there is no schedule {meant}")
    return str(found[0]["id"])


def webhook_id(server: Api, meant: str) -> str:
    """The id of the webhook called `meant`. Stop when there is none."""
    return _only(server, "/webhooks", {}, "webhook", meant)


def token_id(server: Api, meant: str) -> str:
    """The id of one's own API token called `meant`. Stop when there is none, or when a name means several."""
    if is_id(meant):
        return meant.lower()
    found = list(server.pages("/users/me/tokens", {"name": meant}))
    if len(found) > 1:
        told = {row["id"]: [f"made {row['created_at']}"] for row in found}
        raise Stop(Exit.CONFLICT, f"{len(found)} of your API tokens are called {meant}; use the id", told)
    if not found:
        raise Stop(Exit.NOT_FOUND, f"you have no API token {meant}")
    return str(found[0]["id"])


def _only(server: Api, path: str, params: dict[str, str], kind: str, meant: str) -> str:
    """These names are unique, whatever the case."""
    if is_id(meant):
        return meant.lower()
    for row in server.pages(path, params):
        if str(row.get("username" if kind == "user" else "name")).casefold() == meant.casefold():
            return str(row["id"])
    raise Stop(Exit.NOT_FOUND, f"there is no {kind} {meant}")


def is_id(text: str) -> bool:
    """Whether it has the form of an identifier."""
    return re.fullmatch(r"[0-9a-fA-F]{24}", text) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True

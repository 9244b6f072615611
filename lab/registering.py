"""Making the lab known to a running system, over HTTP as anybody would. Twice is once."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lab.device import Spec
from lab.manners import Login
from netraven_cli import options
from netraven_cli.client import Api
from netraven_cli.exits import ApiError, Exit, Stop

_WRONG = "no-longer-right"


def server() -> str:
    """The address that `netraven` talks to when none is given: NETRAVEN_URL, else this machine's port."""
    return os.environ.get("NETRAVEN_URL") or options.this_machine()


def log_in(url: str) -> Api:
    """A client that is logged in: by NETRAVEN_TOKEN, by the log-in that `netraven login` keeps for this
    address, by NETRAVEN_ADMIN_PASSWORD, or by asking.

    Raises Stop when the server cannot be reached or nobody can be asked, ApiError for a wrong password.
    """
    api = options.api(url)
    try:
        api.get("/users/me")
    except ApiError as error:
        if error.code != "UNAUTHORIZED" or os.environ.get("NETRAVEN_TOKEN"):
            raise
        api.tokens.log_in("admin", _password(api.url))
    return api


def _password(url: str) -> str:
    known = os.environ.get("NETRAVEN_ADMIN_PASSWORD")
    if known:
        return known
    if not sys.stdin.isatty():
        raise Stop(Exit.LOGIN, f"nobody is logged in to {url}: `netraven login`, or NETRAVEN_ADMIN_PASSWORD")
    return getpass.getpass(f"Password of admin at {url}: ")


def register(api: Api, specs: Sequence[Spec], login: Login, keys: Mapping[str, tuple[str, str]]) -> int:
    """Register the devices with their tags, then the credentials; how many devices there are new.

    `keys`: {tag: (user name, private key)} of devices that are opened by a key.
    """
    new = sum(_device(api, spec) for spec in specs)
    for body in _credentials(login, keys):
        _credential(api, body)
    return new


def _device(api: Api, spec: Spec) -> bool:
    body = {
        "name": spec.name,
        "ip_address": spec.address,
        "device_type": spec.device_type,
        "location": spec.location,
        "platform": spec.platform,
        "port": spec.port,
        "tags": list(spec.tags),
        "create_missing_tags": True,
    }
    try:
        api.call("POST", "/devices", body)
    except ApiError as error:
        if error.code != "DUPLICATE_IP":
            raise
    else:
        return True
    (known,) = api.get("/devices", {"ip_address": spec.address})
    api.call("PATCH", f"/devices/{known['id']}", body)
    return False


def _credentials(login: Login, keys: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    password = {"password": login.password, "enable": login.privilege}
    return [
        _body("lab", login.username, 100, ["lab"], password),
        # What was right once is still tried first on some: the next one follows by itself.
        _body("lab-old", login.username, 50, ["legacy"], {"password": _WRONG}),
        *(_body(f"lab-{tag}", user, 60, [tag], {"private_key": key}) for tag, (user, key) in keys.items()),
    ]


def _body(
    name: str, username: str, priority: int, tags: list[str], secret: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "name": name,
        "username": username,
        "method": "ssh",
        "priority": priority,
        "tags": tags,
        "description": "Made by the lab.",
        "secret": dict(secret),
    }


def _credential(api: Api, body: Mapping[str, Any]) -> None:
    found = [one for one in api.get("/credentials", {"q": body["name"]}) if one["name"] == body["name"]]
    if found:
        api.call("PATCH", f"/credentials/{found[0]['id']}", dict(body))
    else:
        api.call("POST", "/credentials", dict(body))

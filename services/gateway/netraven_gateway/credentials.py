"""What clients ask about credentials. A secret that comes in clear is sealed before anything else is done."""

from __future__ import annotations

from typing import Any

from netraven_gateway import paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.sealed import sealed


def index(gateway: Any, request: Request) -> Answer:
    """A page of credentials."""
    return replies.many(request, gateway.devices.raw("index_credentials", **paging.asked(request.query)))


def create(gateway: Any, request: Request) -> Answer:
    """A new credential."""
    return replies.one(
        request, gateway.devices.raw("create_credential", credential=sealed(gateway, request.body))
    )


def show(gateway: Any, request: Request) -> Answer:
    """One credential."""
    return replies.one(request, gateway.devices.raw("show_credential", **request.params, **request.query))


def change(gateway: Any, request: Request) -> Answer:
    """Some fields of a credential; a secret becomes its next version."""
    changes = {"changes": sealed(gateway, request.body), "if_match": request.if_match}
    return replies.one(request, gateway.devices.raw("change_credential", **request.params, **changes))


def roll_back(gateway: Any, request: Request) -> Answer:
    """An earlier version of the secret."""
    wanted = {**request.params, **request.body, "if_match": request.if_match}
    return replies.one(request, gateway.devices.raw("rollback_credential", **wanted))


def remove(gateway: Any, request: Request) -> Answer:
    """No longer a credential, and no version of its secret."""
    gateway.devices.raw("remove_credential", **request.params, if_match=request.if_match)
    return replies.nothing()


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a credential."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.devices.raw("credential_history", **request.params, **page))


def key(gateway: Any, request: Request) -> Answer:
    """The key that clients seal with."""
    return replies.one(request, gateway.devices.raw("credential_key"))


def of_device(gateway: Any, request: Request) -> Answer:
    """Those that would be tried on a device, in order."""
    return replies.one(request, gateway.devices.raw("credentials_for", **request.params))

"""What clients ask about credentials. A secret that comes in clear is sealed here, before anything else is
done.

From here on nobody carries it but sealed: not the bus, not a log, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from netraven_chassis.sealing import PublicKey, SealBroken
from netraven_contracts.errors import ValidationFailed
from netraven_gateway import paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request


def index(gateway: Any, request: Request) -> Answer:
    """A page of credentials."""
    return replies.many(request, gateway.devices.raw("index_credentials", **paging.asked(request.query)))


def create(gateway: Any, request: Request) -> Answer:
    """A new credential."""
    return replies.one(
        request, gateway.devices.raw("create_credential", credential=_sealed(gateway, request.body))
    )


def show(gateway: Any, request: Request) -> Answer:
    """One credential."""
    return replies.one(request, gateway.devices.raw("show_credential", **request.params, **request.query))


def change(gateway: Any, request: Request) -> Answer:
    """Some fields of a credential; a secret becomes its next version."""
    changes = {"changes": _sealed(gateway, request.body), "if_match": request.if_match}
    return replies.one(request, gateway.devices.raw("change_credential", **request.params, **changes))


def roll_back(gateway: Any, request: Request) -> Answer:
    """An earlier version of the secret."""
    return replies.one(request, gateway.devices.raw("rollback_credential", **request.params, **request.body))


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


def _sealed(gateway: Any, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with its secret sealed, if it came in clear. Raises ValidationFailed for what only says that
    it is sealed: it may be a secret in clear, and goes no further.
    """
    fields = dict(body)
    if "secret" in fields:
        fields["encrypted_secret"] = _key(gateway).seal(orjson.dumps(fields.pop("secret")))
    elif "encrypted_secret" in fields:
        try:
            _key(gateway).check(fields["encrypted_secret"])
        except SealBroken as error:
            raise ValidationFailed("The secret cannot be taken", {"encrypted_secret": [str(error)]}) from None
    return fields


def _key(gateway: Any) -> PublicKey:
    return PublicKey(gateway.devices.credential_key())

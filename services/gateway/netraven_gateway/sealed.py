"""Secrets in bodies: what comes in clear is sealed here, before anything else is done with it.

From here on nobody carries it but sealed: not the bus, not a log, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from netraven_chassis.seals import PublicKey, SealBroken
from netraven_contracts.errors import ValidationFailed


def sealed(gateway: Any, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with its `secret` sealed as `encrypted_secret`, if it came in clear.

    Raises ValidationFailed for what only says that it is sealed: it may be a secret in clear, and goes no
    further.
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

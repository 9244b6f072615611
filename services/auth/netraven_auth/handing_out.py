"""What opens doors, on its way from auth: sealed for the gateway that asked; no message says it in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from netraven_chassis.seals import PublicKey
from netraven_contracts.errors import ValidationFailed


def handed_out(told: Mapping[str, Any], seal_for: Mapping[str, Any]) -> str:
    """What is `told`, as JSON, in a compact JWE for the public key (a JWK) of whoever asked.

    Raises ValidationFailed for what is no such key.
    """
    try:
        key = PublicKey(seal_for)
    except ValueError as error:
        raise ValidationFailed("Nobody could open the answer", {"seal_for": [str(error)]}) from None
    return key.seal(orjson.dumps(told))

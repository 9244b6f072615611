"""Passwords and refresh tokens on their way to auth: sealed before anything else is done, for whichever
instance gets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netraven_chassis import seals
from netraven_contracts.errors import Unavailable


def sealed(gateway: Any, fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The fields of a body, those of these names that are there sealed. Raises Unavailable without auth."""
    if not any(name in fields for name in names):
        return dict(fields)
    keys = gateway.auth.password_keys()
    if not keys:
        raise Unavailable("auth is still starting; try again shortly", {"retry_after": 1})
    return {
        name: seals.for_each(keys, value.encode()) if name in names else value
        for name, value in fields.items()
    }

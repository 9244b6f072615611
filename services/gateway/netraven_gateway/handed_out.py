"""What auth hands out that opens doors: it comes sealed for this process alone, and is opened here.

The key is made when the first is asked for and is never written down: nothing that is sealed for it is kept.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from netraven_chassis import seals
from netraven_chassis.bus import Reply
from netraven_chassis.seals import PrivateKey


def asked(gateway: Any, method: str, **arguments: Any) -> Reply:
    """The answer of one of auth's methods that seal it, opened. Raises what the method raises."""
    reply = gateway.auth.raw(method, **arguments, seal_for=dict(_key().public.document))
    return Reply(_key().open(orjson.loads(reply.body)), reply.meta)


@cache
def _key() -> PrivateKey:
    return seals.make()

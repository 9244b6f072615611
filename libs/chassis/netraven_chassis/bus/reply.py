"""An answer that carries more than its value. Nothing about how it travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What an @rpc method may return instead of a bare value, and what `client.raw(…)` gives.

    `body`: a JSON-able value, or the bytes of a JSON text, which are passed on as they are; `meta`: what
    belongs to the answer and not in it, JSON-able, such as {"etag": …, "total": …, "location": …}.
    """

    body: Any
    meta: Mapping[str, Any] = field(default_factory=dict)

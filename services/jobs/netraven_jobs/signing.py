"""How a webhook's receiver knows that a message is ours and fresh: HMAC-SHA256 over its time and its body.
Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`sha256=` and the hex digest over "<timestamp>.<body>"; `timestamp` in seconds since 1970."""
    digest = hmac.new(secret, str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def headers(secret: bytes, timestamp: int, body: bytes, event: str, delivery_id: str) -> Mapping[str, str]:
    """All headers that a delivery carries. The delivery's id stays the same over all its attempts."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "NetRaven-Webhook",
        "X-NetRaven-Event": event,
        "X-NetRaven-Delivery": delivery_id,
        "X-NetRaven-Timestamp": str(timestamp),
        "X-NetRaven-Signature": signature(secret, timestamp, body),
    }

"""How identifiers are made: at random, or from what they must follow from. No storage.

An identifier is 24 hex digits, the form of a MongoDB ObjectId, because the contract says so.
"""

from __future__ import annotations

import hashlib
import re
import secrets

_ID = re.compile(r"[0-9a-f]{24}")


def new_id() -> str:
    """A fresh random identifier: 24 hex digits."""
    return secrets.token_hex(12)


def derive_id(*parts: str) -> str:
    """The identifier that always follows from `parts`: a retried command makes the same thing again.

    Parts are joined with a separator that none of them may contain, so ("a", "bc") differs from ("ab", "c").
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def is_id(text: str) -> bool:
    """Whether `text` has the form of an identifier (lower-case hex)."""
    return _ID.fullmatch(text) is not None

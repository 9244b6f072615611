"""What a refresh token looks like: 256 random bits behind the id of its session. No clock, no storage.

Only its digest is ever stored. A fast hash will do: there is nothing to guess in 256 random bits.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"nrr_([0-9a-f]{24})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, repr=False)
class RefreshToken:
    """A refresh token and the session that it belongs to. Its repr shows nothing."""

    text: str
    session_id: str

    @property
    def digest(self) -> str:
        """SHA-256 in hex, by which the token is known."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def make(session_id: str) -> RefreshToken:
    """A new token for a session."""
    return RefreshToken(f"nrr_{session_id}_{secrets.token_urlsafe(32)}", session_id)


def parse(text: str) -> RefreshToken | None:
    """The token that `text` is, or None when it has another form."""
    found = _FORM.fullmatch(text)
    return RefreshToken(text, found.group(1)) if found else None

"""The name of one request, from the client or made here, under which its log lines are found. Pure."""

from __future__ import annotations

import re
import secrets

HEADER = "X-Request-ID"

# Printable and without quotes or spaces, so that it can stand in any log line and any header unescaped.
_ACCEPTED = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


def accept(given: str | None) -> str:
    """The client's id when it is harmless, else a new one of 32 hex digits. A bad id refuses nothing."""
    if given and _ACCEPTED.fullmatch(given):
        return given
    return secrets.token_hex(16)

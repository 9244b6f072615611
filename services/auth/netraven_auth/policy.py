"""Which passwords may be set: a pure rule, and the words that go with each refusal. No hash and no file.

After NIST SP 800-63B, 5.1.1.2: length counts, kinds of characters do not, and what everybody tries is out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from netraven_auth.user import name_key
from netraven_contracts.errors import ValidationFailed

SHORTEST = 12
LONGEST = 256  # longer ones only cost time: argon2 reads every byte


def normal(password: str) -> str:
    """The one form of a password, however its letters were composed by the keyboard that it came from."""
    return unicodedata.normalize("NFKC", password)


def objections(username: str, password: str, commonest: Container[str]) -> list[str]:
    """Why `password` cannot be the user's; empty when it can.

    `commonest` knows the commonest passwords, in lower case.
    """
    text = normal(password)
    found = []
    if len(text) < SHORTEST:
        found.append(f"must have at least {SHORTEST} characters; a few words in a row will do")
    if len(text) > LONGEST:
        found.append(f"must have at most {LONGEST} characters")
    if name_key(text) == name_key(username):
        found.append("must not be the user name")
    if text.casefold() in commonest:
        found.append("is among the commonest passwords; choose one that nobody else has")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        found.append("must be text without control characters")
    return found


def check(username: str, password: str, commonest: Container[str], field: str = "password") -> None:
    """Raise ValidationFailed, naming `field`, unless `password` can be the user's. It is not repeated."""
    found = objections(username, password, commonest)
    if found:
        raise ValidationFailed(f"this {field.replace('_', ' ')} cannot be used", {field: found})

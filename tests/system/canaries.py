"""Secrets that can be told apart, and what gives one away. They are put in and looked for elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

# All that gives one away stands within such words; of a place's words each is looked at once.
_WORDS = re.compile(rb"[\w+/=-]{8,}")
_ENOUGH = 16


@dataclass
class Canaries:
    """A secret for each way in. Passwords of people are told apart from secrets of devices."""

    run: str = field(default_factory=lambda: secrets.token_hex(8))
    ways: dict[str, str] = field(default_factory=dict)

    def __call__(self, way: str) -> str:
        """A new secret that goes this way."""
        return self.ways.setdefault(way, f"Zq{secrets.token_hex(12)}{self.run}")

    def found(self, text: bytes, but: str = "never") -> list[str]:
        """The ways whose secret is in `text`, as it is or only its beginning or end, in base64, or as a quick
        hash.
        """
        words = b"\n".join(set(_WORDS.findall(text)))
        return [
            way
            for way, secret in self.ways.items()
            if not way.startswith(but) and any(form in words for form in forms(secret))
        ]


def forms(secret: str) -> list[bytes]:
    """What gives a secret away."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"\0" * shift + raw)[4:-4] for shift in range(3)]
    return [
        raw[:_ENOUGH],
        # All of a run end alike; with but 4 more, some of hundreds would be taken for others.
        raw[-_ENOUGH - 12 :],
        *shifted,
        hashlib.sha256(raw).hexdigest()[:32].encode(),
        hashlib.md5(raw).hexdigest().encode(),
    ]

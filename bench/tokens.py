"""A signing key for peers that have no auth service, and a token signed with it."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from netraven_chassis.access import ALGORITHM, ISSUER

_KID = "bench"
_HOURS = 6


def issue(jwks: Path) -> str:
    """Write a fresh public key into the file `jwks`; a token good for hours that it verifies."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    text = urlsafe_b64encode(public).rstrip(b"=").decode()
    jwks.write_text(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": _KID, "x": text}]}))
    now = int(time.time())
    claims: dict[str, Any] = {"iss": ISSUER, "sub": "a" * 24, "name": "bench", "role": "admin", "iat": now}
    claims |= {"exp": now + _HOURS * 3600, "jti": "b" * 24, "sid": "c" * 24, "ver": 1}
    return jwt.encode(claims, private, ALGORITHM, {"kid": _KID})

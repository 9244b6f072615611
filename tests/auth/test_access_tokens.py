"""What a signed access token says."""

from __future__ import annotations

import time

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from netraven_auth.access_tokens import sign
from netraven_auth.signing import SigningKey
from netraven_chassis.access import AccessVerifier
from netraven_contracts.access import Caller

KEY = SigningKey(Ed25519PrivateKey.generate())


def test_a_signed_token_is_verified_and_says_who_calls() -> None:
    now = time.time_ns() // 1_000_000
    token = sign(KEY, "u1", "Marie", "operator", "s1", 7, now)
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": KEY.kid, "x": KEY.public}
    expires = (now // 1000 + 900) * 1000
    assert AccessVerifier({"keys": [jwk]}).verify(token) == Caller(
        "u1", "Marie", "operator", "s1", 7, expires
    )


def test_a_token_names_its_key_and_no_two_are_the_same() -> None:
    one, other = (sign(KEY, "u1", "Marie", "operator", "s1", 7, 1_800_000_000_999) for _ in range(2))
    assert one != other
    assert jwt.get_unverified_header(one) == {"alg": "EdDSA", "typ": "JWT", "kid": KEY.kid}
    claims = jwt.decode(one, options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (1_800_000_000, 1_800_000_900)
    assert set(claims) == {"iss", "sub", "name", "role", "iat", "exp", "jti", "sid", "ver"}

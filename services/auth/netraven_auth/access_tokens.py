"""Signs access tokens. Which keys there are stands in signing.py, how they are checked in the chassis."""

from __future__ import annotations

import jwt

from netraven_auth.signing import SigningKey
from netraven_chassis.access import ALGORITHM, ISSUER
from netraven_chassis.ids import new_id

LIFE_SECONDS = 900


def sign(
    key: SigningKey, user_id: str, username: str, role: str, session: str, version: int, now: int
) -> str:
    """An access token for fifteen minutes from `now` (UTC milliseconds).

    `version`: of the user's history, so that whatever happens to the user afterwards can end the token.
    """
    issued = now // 1000
    claims = {
        "iss": ISSUER,
        "sub": user_id,
        "name": username,
        "role": role,
        "iat": issued,
        "exp": issued + LIFE_SECONDS,
        "jti": new_id(),
        "sid": session,
        "ver": version,
    }
    return jwt.encode(claims, key.private, ALGORITHM, {"kid": key.kid})

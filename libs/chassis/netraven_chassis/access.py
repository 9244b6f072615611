"""Checks access tokens by public keys, without a call. What became of a token since is not known here.

Only EdDSA is accepted (RFC 8037), whatever a token's header says: neither `none` nor HMAC with a public key.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.algorithms import OKPAlgorithm

from netraven_contracts.access import Caller
from netraven_contracts.errors import Unauthorized

ISSUER = "netraven"
ALGORITHM = "EdDSA"
LEEWAY_SECONDS = 5
LONGEST_TOKEN = 4096
REMEMBERED = 4096  # tokens, of which each costs one signature check until it ends
_CLAIMS = ("iss", "sub", "name", "role", "iat", "exp", "jti", "sid", "ver")
_API_TOKEN = re.compile(r"nrt_[A-Za-z0-9_-]{43}")
_REFUSED = "this access token is not accepted; log in again"


class UnknownKey(Unauthorized):
    """The token names a key that is not among ours: perhaps a new one, so ask auth for its keys once."""


@dataclass(frozen=True, slots=True)
class _Seen:
    caller: Caller
    until: float


class AccessVerifier:
    """Tells the caller from an access token.

    Parameters: `jwks`, the answer of `auth.keys()`; `clock`, seconds since 1970. Tokens that were found good
    are remembered until they end, so that a hot one costs a look into a dictionary.
    """

    def __init__(self, jwks: Mapping[str, Any], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self.use(jwks)

    def use(self, jwks: Mapping[str, Any]) -> None:
        """Accept these keys from now on, and no others; keys that are not Ed25519 are passed over."""
        self._keys = {
            key["kid"]: OKPAlgorithm.from_jwk(dict(key))
            for key in jwks.get("keys", ())
            if key.get("kty") == "OKP" and key.get("crv") == "Ed25519" and "d" not in key
        }
        self._seen.clear()

    def verify(self, token: str) -> Caller:
        """The caller whose access token this is.

        Raises Unauthorized when it is forged, expired, not ours or not a token at all; UnknownKey when it
        names a key that is not known here.
        """
        seen = self._seen.get(token)
        if seen is not None and self._clock() < seen.until:
            return seen.caller
        caller = self._check(token)
        self._seen[token] = _Seen(caller, caller.expires / 1000 + LEEWAY_SECONDS)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return caller

    def _check(self, token: str) -> Caller:
        key = self._key(token)
        try:
            # The times are compared below, with this object's clock.
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthorized(_REFUSED) from None
        return self._caller(claims)

    def _key(self, token: str) -> Any:
        try:
            header = jwt.get_unverified_header(token) if len(token) <= LONGEST_TOKEN else {}
        except (jwt.PyJWTError, ValueError, TypeError):
            header = {}
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise Unauthorized(_REFUSED)
        if header["kid"] not in self._keys:
            raise UnknownKey(_REFUSED)
        return self._keys[header["kid"]]

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        texts = [claims[name] for name in ("sub", "name", "role", "sid")]
        numbers = [claims[name] for name in ("iat", "exp", "ver")]
        if not all(isinstance(text, str) for text in texts) or not all(type(n) is int for n in numbers):
            raise Unauthorized(_REFUSED)
        issued, expires, version = numbers
        now = self._clock()
        if issued > now + LEEWAY_SECONDS or expires <= now - LEEWAY_SECONDS:
            raise Unauthorized("this access token has expired; refresh it or log in again")
        return Caller(texts[0], texts[1], texts[2], texts[3], version, expires * 1000)


def ticket_digest(ticket: str) -> str:
    """What auth knows a stream ticket by (SHA-256, hex); the ticket itself need not leave the gateway."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def api_token_digest(token: str) -> str | None:
    """What auth knows an API token by (SHA-256, hex), or None when `token` does not have an API token's form.

    The token itself need not leave the gateway. A fast hash will do: it has 256 random bits.
    """
    return hashlib.sha256(token.encode()).hexdigest() if _API_TOKEN.fullmatch(token) else None

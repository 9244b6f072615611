"""Texts sealed to a public key, so that whoever carries or keeps them cannot read them. JWE (RFC 7516).

Whoever has the public key seals; only the holder of the private key opens. What is in a secret, where sealed
ones lie, and where keys come from, is not known here. ECDH-ES+A256KW with A256GCM on P-256: what browsers can
do by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwe, jwk
from joserfc.errors import JoseError
from joserfc.util import json_b64decode, urlsafe_b64decode

ALGORITHM, CONTENT = "ECDH-ES+A256KW", "A256GCM"
ALGORITHMS = [ALGORITHM, CONTENT]
CURVE = "P-256"
# Part of the compact form -> its octets: a wrapped key of 256 bits, GCM's nonce and its tag (RFC 7518).
SIZES = {1: 40, 2: 12, 4: 16}


class SealBroken(Exception):
    """A sealed text that this key does not open, or that is none. Its message repeats nothing of it."""


class PublicKey:
    """Seals."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises ValueError for what is no P-256 public key."""
        try:
            self._key = jwk.ECKey.import_key({name: document[name] for name in ("kty", "crv", "x", "y")})
        except (JoseError, KeyError, TypeError, ValueError):
            raise ValueError(f"not a public key: a JWK of kind EC on {CURVE} is needed") from None
        if self._key.curve_name != CURVE:
            raise ValueError(f"not a key on {CURVE}")
        self._kid = self._key.thumbprint()

    @property
    def kid(self) -> str:
        """Its name: its thumbprint (RFC 7638)."""
        return self._kid

    @property
    def document(self) -> Mapping[str, Any]:
        """The public key as a JWK (RFC 7517)."""
        return {**self._key.as_dict(private=False), "kid": self.kid, "use": "enc", "alg": ALGORITHM}

    def seal(self, secret: bytes) -> str:
        """The secret as a compact JWE that names this key."""
        header = {"alg": ALGORITHM, "enc": CONTENT, "kid": self.kid}
        return jwe.encrypt_compact(header, secret, self._key, algorithms=ALGORITHMS)

    def check(self, sealed: str) -> None:
        """Whether `sealed` is a compact JWE for this key, as far as that shows from outside.

        Raises SealBroken with the reason.
        """
        parts = sealed.split(".")
        try:
            header = json_b64decode(parts[0].encode())
        except (JoseError, ValueError):
            header = None
        if len(parts) != 5 or not isinstance(header, dict):
            raise SealBroken("is not a compact JWE")
        if header.get("alg") != ALGORITHM or header.get("enc") != CONTENT:
            raise SealBroken(f"must be sealed with {ALGORITHM} and {CONTENT}")
        if header.get("kid", self.kid) != self.kid:
            raise SealBroken("is sealed for another key; get the key anew")
        sizes = [_octets(parts[place]) for place in SIZES]
        if not isinstance(header.get("epk"), dict) or sizes != list(SIZES.values()):
            raise SealBroken("is not a compact JWE")


def _octets(part: str) -> int | None:
    """How many octets a part of a JWE stands for; None when it is not base64url."""
    try:
        return len(urlsafe_b64decode(part.encode()))
    except ValueError:
        return None


def kid_of(sealed: str) -> str | None:
    """The name of the key that a compact JWE says it is sealed for; None when it says none."""
    try:
        header = json_b64decode(sealed.split(".")[0].encode())
    except (JoseError, ValueError):
        return None
    return header.get("kid") if isinstance(header, dict) else None


class PrivateKey:
    """Opens. Its repr shows nothing."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises ValueError for what is no P-256 private key."""
        try:
            self._key = jwk.ECKey.import_key(dict(document))
        except (JoseError, KeyError, TypeError, ValueError):
            raise ValueError(f"not a private key: a JWK of kind EC on {CURVE} is needed") from None
        if not self._key.is_private:
            raise ValueError("this is a public key; the private one is needed")
        self._public = PublicKey(self._key.as_dict(private=False))

    @property
    def public(self) -> PublicKey:
        """Its other half, which seals."""
        return self._public

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.public.kid}>"

    def open(self, sealed: str) -> bytes:
        """The secret in a compact JWE. Raises SealBroken."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=ALGORITHMS).plaintext
        except (JoseError, ValueError):
            raise SealBroken("this key does not open it") from None
        if opened is None:
            raise SealBroken("it is empty")
        return opened

    def document(self) -> dict[str, Any]:
        """The private key as a JWK. Whoever has it reads every secret."""
        return dict(self._key.as_dict(private=True))


def make() -> PrivateKey:
    """A new private key."""
    return PrivateKey(jwk.ECKey.generate_key(CURVE, private=True).as_dict(private=True))


def for_each(documents: Sequence[Mapping[str, Any]], secret: bytes) -> list[str]:
    """The secret sealed for each of these public keys (JWKs): who has one of the private ones opens it."""
    return [PublicKey(document).seal(secret) for document in documents]


def open_own(key: PrivateKey, sealed: Sequence[str]) -> bytes:
    """The secret out of what was sealed for several. Raises SealBroken when nothing is for this key."""
    own = next((one for one in sealed if kid_of(one) == key.public.kid), None)
    if own is None:
        raise SealBroken("it is sealed for other keys")
    return key.open(own)

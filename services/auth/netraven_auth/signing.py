"""The keys that sign access tokens: the private one in a file, all public ones in the database.

The private key never enters the database: whoever steals a backup cannot sign. Each instance publishes the
public half of its own key and renews it while it runs, so instances may have different files, and a key that
was replaced stays known until its last token is over. To replace it, remove the file and start again.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pymongo import IndexModel
from pymongo.database import Database

from netraven_chassis.datafolder import keep_once, make_private

KEPT_SECONDS = 3600  # after the last renewal; an access token lives a quarter of that
RENEW_SECONDS = 300


class BadKey(Exception):
    """The file of the signing key is missing or holds something else; the message says what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private key; tokens call it by its thumbprint (RFC 7638). Its repr shows nothing."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key as a JWK's `x`."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _text(raw)

    @property
    def kid(self) -> str:
        """The key's name."""
        canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{self.public}"}}'
        return _text(sha256(canonical.encode()).digest())[:16]


def from_file(path: Path) -> SigningKey:
    """The key in a PEM file (PKCS #8). Raises BadKey."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadKey(f"the signing key {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(f"{path} holds no private key in PEM without a passphrase; {_REMEDY}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} holds a key that is not Ed25519; {_REMEDY}")
    return SigningKey(key)


def from_folder(folder: Path) -> SigningKey:
    """The key in the data folder, made on the first start, for its owner alone. Raises BadKey, OSError."""
    path = make_private(folder / "auth") / "signing-key.pem"
    if not path.exists():
        _make(path)
    return from_file(path)


def _make(path: Path) -> None:
    """Write a new key; of several instances that start at once the first one's stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keep_once(path, pem)


class PublicKeys:
    """The public keys of all instances, in the auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database["signing_keys"]

    def prepare(self) -> None:
        """Make the index by which a key goes that nobody renews."""
        self._rows.create_indexes([IndexModel("seen", expireAfterSeconds=KEPT_SECONDS)])

    def publish(self, key: SigningKey) -> None:
        """Make the key known, or renew it. Call before the first signature, and every RENEW_SECONDS."""
        row = {"x": key.public, "seen": datetime.now(UTC)}
        self._rows.update_one({"_id": key.kid}, {"$set": row}, upsert=True)

    def jwks(self) -> dict[str, Any]:
        """All keys that a good token may be signed with, as a JWK set (RFC 7517, RFC 8037)."""
        return {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "use": "sig",
                    "alg": "EdDSA",
                    "kid": row["_id"],
                    "x": row["x"],
                }
                for row in self._rows.find().sort("_id")
            ]
        }


_REMEDY = "make one with: openssl genpkey -algorithm ed25519 -out FILE"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

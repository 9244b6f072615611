"""The key that passwords are sealed for on their way from a gateway: no message says one in clear.

Each instance has a private key in a file and makes its public half known in the database, as long as it runs;
whoever sends a password seals it for all of them, so that whichever gets it can open it. To replace the key,
remove the file and start again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_auth.signing import KEPT_SECONDS, BadKey
from netraven_chassis import seals
from netraven_chassis.datafolder import keep_once, make_private
from netraven_chassis.seals import PrivateKey, PublicKey, SealBroken
from netraven_contracts.errors import Unavailable, ValidationFailed

MOST = 32  # instances that a password is sealed for, the latest ones


def from_file(path: Path) -> PrivateKey:
    """The key in a file, a JWK. Raises BadKey."""
    try:
        return PrivateKey(json.loads(path.read_text()))
    except OSError as error:
        raise BadKey(f"the key for passwords {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadKey(f"{path} holds no EC P-256 key as JWK; `netraven keys make` prints one") from None


def from_folder(folder: Path) -> PrivateKey:
    """The key in the data folder, made on the first start, for its owner alone. Raises BadKey, OSError."""
    path = make_private(folder / "auth") / "password-key.json"
    if not path.exists():
        keep_once(path, json.dumps(seals.make().document()).encode())
    return from_file(path)


def opened(key: PrivateKey, sealed: Any, field: str) -> str:
    """The password or refresh token that came sealed for every instance.

    Raises Unavailable when it is not sealed for this one, ValidationFailed for what is not sealed at all.
    """
    if not isinstance(sealed, list) or not all(isinstance(one, str) for one in sealed):
        raise ValidationFailed("It must come sealed", {field: ["must be sealed"]})
    try:
        return seals.open_own(key, sealed).decode()
    except (SealBroken, UnicodeDecodeError):
        raise Unavailable("the key for passwords has just changed; try again", {"retry_after": 1}) from None


class PasswordKeys:
    """The public halves of all instances, in the auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database["password_keys"]

    def prepare(self) -> None:
        """Make the index by which a key goes that nobody renews."""
        self._rows.create_indexes([IndexModel("seen", expireAfterSeconds=KEPT_SECONDS)])

    def publish(self, key: PublicKey) -> None:
        """Make the key known, or renew it."""
        row = {"key": dict(key.document), "seen": datetime.now(UTC)}
        self._rows.update_one({"_id": key.kid}, {"$set": row}, upsert=True)

    def documents(self) -> list[dict[str, Any]]:
        """The keys to seal a password for, as JWKs."""
        return [row["key"] for row in self._rows.find().sort("seen", -1).limit(MOST)]

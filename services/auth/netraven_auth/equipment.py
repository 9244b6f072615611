"""What auth's methods work with beside the store: hashing, the signing key, collections. Opened once.

As a Nameko dependency it is the same for all requests. What is done with it stands elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pymongo.database import Database

from netraven_auth.attempts import Attempts
from netraven_auth.commonest import commonest
from netraven_auth.logins import Logins
from netraven_auth.password_rows import PasswordRows
from netraven_auth.passwords import Passwords
from netraven_auth.sessions import Sessions
from netraven_auth.signing import BadKey, PublicKeys, SigningKey, from_file, from_folder
from netraven_auth.tickets import Tickets
from netraven_auth.token_rows import TokenRows
from netraven_chassis.clock import now_ms
from netraven_chassis.setting import Problem, SettingsError
from netraven_chassis.settings import Settings


class Equipment:
    """Everything together, over one auth database. Raises SettingsError when there is no signing key."""

    def __init__(self, database: Database[dict[str, Any]], settings: Settings) -> None:
        self.settings = settings
        self.key = signing_key(settings)
        self.passwords = Passwords()
        self.password_rows = PasswordRows(database)
        self.public_keys = PublicKeys(database)
        self.sessions = Sessions(database, settings.session_days)
        self.attempts = Attempts(database, now_ms)
        self.tickets = Tickets(database)
        self.token_rows = TokenRows(database)
        self.logins = Logins(database)

    def prepare(self) -> None:
        """Make the indexes, publish the key, warm up what is slow at first. Raises pymongo's errors."""
        for part in (
            self.public_keys,
            self.sessions,
            self.attempts,
            self.tickets,
            self.token_rows,
            self.logins,
        ):
            part.prepare()
        self.public_keys.publish(self.key)
        self.passwords.prepare()
        commonest()


def signing_key(settings: Settings) -> SigningKey:
    """The key that the settings name, or that of the data folder."""
    named = settings.auth_key_file
    try:
        return from_file(Path(named)) if named else from_folder(settings.data)
    except BadKey as error:
        fix = "Correct the file, or name another one."
        raise SettingsError([Problem("NETRAVEN_AUTH_KEY_FILE", named, str(error), fix)]) from None
    except OSError as error:
        reason = f"the signing key cannot be kept in {settings.data}: {error.strerror}"
        fix = "Name a writable folder, or a key by NETRAVEN_AUTH_KEY_FILE."
        raise SettingsError([Problem("NETRAVEN_DATA", str(settings.data), reason, fix)]) from None

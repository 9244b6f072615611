"""What auth's methods work with beside the store: hashing, the signing key, collections. Opened once.

As a Nameko dependency it is the same for all requests. What is done with it stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo.database import Database

from netraven_auth import password_key
from netraven_auth.attempts import Attempts
from netraven_auth.commonest import commonest
from netraven_auth.logins import Logins
from netraven_auth.password_key import PasswordKeys
from netraven_auth.password_rows import PasswordRows
from netraven_auth.passwords import Passwords
from netraven_auth.sessions import Sessions
from netraven_auth.signing import BadKey, PublicKeys, SigningKey, from_file, from_folder
from netraven_auth.tickets import Tickets
from netraven_auth.token_rows import TokenRows
from netraven_chassis.clock import now_ms
from netraven_chassis.seals import PrivateKey
from netraven_chassis.setting import Problem, SettingsError
from netraven_chassis.settings import Settings


class Equipment:
    """Everything together, over one auth database. Raises SettingsError when there is no signing key."""

    def __init__(self, database: Database[dict[str, Any]], settings: Settings) -> None:
        self.settings = settings
        self.key = signing_key(settings)
        self.password_key = password_key_of(settings)
        self.passwords = Passwords()
        self.password_rows = PasswordRows(database)
        self.public_keys = PublicKeys(database)
        self.password_keys = PasswordKeys(database)
        self.sessions = Sessions(database, settings.session_days)
        self.attempts = Attempts(database, now_ms)
        self.tickets = Tickets(database)
        self.token_rows = TokenRows(database)
        self.logins = Logins(database)

    def prepare(self) -> None:
        """Make the indexes, publish the key, warm up what is slow at first. Raises pymongo's errors."""
        for part in (
            self.public_keys,
            self.password_keys,
            self.sessions,
            self.attempts,
            self.tickets,
            self.token_rows,
            self.logins,
        ):
            part.prepare()
        self.publish()
        self.passwords.prepare()
        commonest()

    def publish(self) -> None:
        """Make the public halves of this instance's keys known, or renew them. Every RENEW_SECONDS."""
        self.public_keys.publish(self.key)
        self.password_keys.publish(self.password_key.public)

    def opened(self, sealed: Any, field: str = "password") -> str:
        """A password that came sealed; `field` names it in errors. Raises ValidationFailed, Unavailable."""
        return password_key.opened(self.password_key, sealed, field)


def signing_key(settings: Settings) -> SigningKey:
    """The key that the settings name, or that of the data folder. Raises SettingsError."""
    named = settings.auth_key_file
    with _told("signing key", "NETRAVEN_AUTH_KEY_FILE", named, settings):
        return from_file(Path(named)) if named else from_folder(settings.data)


def password_key_of(settings: Settings) -> PrivateKey:
    """The key for passwords that the settings name, or that of the data folder. Raises SettingsError."""
    named = settings.password_key_file
    with _told("key for passwords", "NETRAVEN_PASSWORD_KEY_FILE", named, settings):
        return password_key.from_file(Path(named)) if named else password_key.from_folder(settings.data)


@contextmanager
def _told(what: str, setting: str, named: str, settings: Settings) -> Iterator[None]:
    try:
        yield
    except BadKey as error:
        fix = "Correct the file, or name another one."
        raise SettingsError([Problem(setting, named, str(error), fix)]) from None
    except OSError as error:
        reason = f"the {what} cannot be kept in {settings.data}: {error.strerror}"
        fix = f"Name a writable folder, or a key by {setting}."
        raise SettingsError([Problem("NETRAVEN_DATA", str(settings.data), reason, fix)]) from None

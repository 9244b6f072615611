"""The keys of sealed secrets, where the settings say that they are: one, or several while one takes another's
place.

The first of a ring seals and all of them open, so that nothing stands still while what is sealed moves from
the old key to the new one. A key file that changes is read again: nothing needs to be started anew for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog

from netraven_chassis.datafolder import keep_once
from netraven_chassis.ids import new_id
from netraven_chassis.seals import PrivateKey as PrivateKey
from netraven_chassis.seals import PublicKey as PublicKey
from netraven_chassis.seals import SealBroken as SealBroken
from netraven_chassis.seals import kid_of
from netraven_chassis.seals import make as make
from netraven_chassis.setting import Problem, SettingsError
from netraven_chassis.settings import Settings

log = structlog.get_logger(__name__)
T = TypeVar("T")

_IN_FOLDER = "secret-key.json"


class Watched(Generic[T]):
    """What a file says, read again whenever the file is another one. `parse` raises ValueError."""

    def __init__(self, path: Path, setting: str, parse: Callable[[str], T]) -> None:
        """Raises SettingsError when it cannot be read at first."""
        self.path = path
        self._setting = setting
        self._parse = parse
        self._mark = self._stat()
        self._value = self._read()

    def value(self) -> T:
        """What it says now; while it cannot be read, what it said last."""
        try:
            mark = self._stat()
            if mark != self._mark:
                self._value, self._mark = self._read(), mark
        except SettingsError as error:
            log.warning("a key file cannot be read; the key from before stays", reason=str(error))
        return self._value

    def _stat(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise _problem(self._setting, str(self.path), f"cannot be read: {error.strerror}") from None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> T:
        try:
            return self._parse(self.path.read_text())
        except OSError as error:
            raise _problem(self._setting, str(self.path), f"cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise _problem(self._setting, str(self.path), str(error)) from None


class KeyRing(PrivateKey):
    """Private keys that serve as one: the first is in force, the others open what was sealed for them."""

    def __init__(self, keys: Callable[[], Sequence[PrivateKey]], file: Path | None = None) -> None:
        """`file`: where they lie, if in a file."""
        self._keys = keys
        self.file = file

    @property
    def keys(self) -> Sequence[PrivateKey]:
        """All of them, the one in force first."""
        return self._keys()

    @property
    def public(self) -> PublicKey:
        """The public half of the key in force."""
        return self.keys[0].public

    def open(self, sealed: str) -> bytes:
        """The secret in a compact JWE that is sealed for any of them. Raises SealBroken."""
        named = kid_of(sealed)
        for key in sorted(self.keys, key=lambda one: one.public.kid != named):
            try:
                return key.open(sealed)
            except SealBroken:
                continue
        raise SealBroken("no key at hand opens it")

    def document(self) -> dict[str, Any]:
        """The key in force as a JWK. Whoever has it reads every secret."""
        return self.keys[0].document()

    def replace(self, keys: Sequence[PrivateKey]) -> None:
        """Put these into the file, whole or not at all, for its owner alone. OSError when that cannot be."""
        assert self.file is not None  # noqa: S101 - the caller looked
        path = self.file.resolve()
        draft = path.with_name(f"{path.name}.{new_id()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(written(keys).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def written(keys: Sequence[PrivateKey]) -> str:
    """Keys as their file has them: a JWK, or a JWK set when there are several."""
    documents = [key.document() for key in keys]
    return json.dumps(documents[0] if len(keys) == 1 else {"keys": documents})


def private_key(settings: Settings) -> KeyRing:
    """The private keys that the settings name, else that of the data folder, made on the first start.

    Raises SettingsError for one that is missing or wrong.
    """
    if settings.secret_key:
        try:
            keys = _ring(settings.secret_key)
        except ValueError as error:
            raise _problem("NETRAVEN_SECRET_KEY", "(hidden)", str(error)) from None
        return KeyRing(lambda: keys)
    path = Path(settings.secret_key_file) if settings.secret_key_file else settings.data / _IN_FOLDER
    if not settings.secret_key_file and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_once(path, written([make()]).encode())
    named = "NETRAVEN_SECRET_KEY_FILE" if settings.secret_key_file else "NETRAVEN_DATA"
    return KeyRing(Watched(path, named, _ring).value, path)


class _InForce(PublicKey):
    """The public key that is in force whenever it is used."""

    def __init__(self, now: Callable[[], PublicKey]) -> None:
        self._now = now

    @property
    def kid(self) -> str:
        """See PublicKey."""
        return self._now().kid

    @property
    def document(self) -> Mapping[str, Any]:
        """See PublicKey."""
        return self._now().document

    def seal(self, secret: bytes) -> str:
        """See PublicKey."""
        return self._now().seal(secret)

    def check(self, sealed: str) -> None:
        """See PublicKey."""
        self._now().check(sealed)


def public_key(settings: Settings) -> PublicKey:
    """The public key that the settings name, else that of the private one; whichever is in force when it is
    used. Raises SettingsError.
    """
    if settings.public_key_file:
        path = Path(settings.public_key_file)
        return _InForce(Watched(path, "NETRAVEN_PUBLIC_KEY_FILE", lambda text: PublicKey(_json(text))).value)
    ring = private_key(settings)
    return _InForce(lambda: ring.public)


def _ring(text: str) -> list[PrivateKey]:
    document = _json(text)
    several = document.get("keys") if isinstance(document, dict) and "keys" in document else [document]
    if not isinstance(several, list) or not several:
        raise ValueError("not a JWK set: there are no keys in it")
    return [PrivateKey(one) for one in several]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise ValueError("not a JWK: it is not JSON") from None


def _problem(setting: str, shown: str, reason: str) -> SettingsError:
    fix = "Name a file with an EC P-256 key as JWK; `netraven keys make` prints a new one."
    return SettingsError([Problem(setting, shown, reason, fix)])

"""Hashes and checks passwords with argon2id, off the hub and few at a time. Nothing is stored here.

Cost: m=19456 (19 MiB), t=2, p=1 is one of the settings for argon2id that OWASP's Password Storage Cheat Sheet
holds equal; RFC 9106, section 4, leaves the choice to what a machine allows. That is about 60 ms of one core.
A hash made with other parameters is made anew at the next log-in.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import tpool
from eventlet.semaphore import Semaphore

from netraven_auth.policy import normal
from netraven_contracts.errors import Unavailable

AT_ONCE = 2  # of 19 MiB each
PATIENCE_SECONDS = 2.0  # a caller gives up after four

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and the hash to keep from now on when the old one is out of date."""

    right: bool
    better: str | None = None


class Passwords:
    """The hashing of one process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(
            time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
        )
        self._slots = Semaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to keep of a password. Raises Unavailable when too many are being made."""
        return self._apart(lambda: self._hasher.hash(_material(password)))

    def check(self, kept: str | None, password: str) -> Verdict:
        """Whether `password` is the one that the kept hash was made of.

        Without a hash the same work is done for nothing, so that the time does not tell who exists. Raises
        Unavailable when too many are being checked.
        """
        decoy = self._decoy
        return self._apart(lambda: self._check(kept or decoy, _material(password), known=kept is not None))

    def _check(self, kept: str, material: bytes, known: bool) -> Verdict:
        try:
            self._hasher.verify(kept, material)
        except (VerificationError, InvalidHashError):
            return Verdict(False)
        if not known:
            return Verdict(False)
        stale = self._hasher.check_needs_rehash(kept)
        return Verdict(True, self._hasher.hash(material) if stale else None)

    @cached_property
    def _decoy(self) -> str:
        """A hash that no password fits, with the parameters in force."""
        return self.hash(secrets.token_urlsafe(32))

    def prepare(self) -> None:
        """Make the decoy, so that the first unknown name is no slower than the others."""
        self.check(None, "")

    def _apart(self, work: Callable[[], T]) -> T:
        with self._slot():
            done: T = tpool.execute(work)
            return done

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable("too many log-ins at once; try again shortly", {"retry_after": 1})
        try:
            yield
        finally:
            self._slots.release()


def _material(password: str) -> bytes:
    # Half a surrogate pair cannot be encoded otherwise; it may be tried, though never set (policy.py).
    return normal(password).encode("utf-8", "surrogatepass")

"""The tokens of log-ins, in one file for their owner alone, by server. No HTTP and no passwords.

The file is read anew under a lock before it is written: several commands may run at once, and a refresh token
serves only once.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from netraven_cli.exits import Exit, Stop

# A token that ends within this is as good as over: it has yet to travel.
_MARGIN_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in: who, and with which tokens. `expires_at` is in seconds since 1970."""

    username: str
    access_token: str
    refresh_token: str
    expires_at: float

    @property
    def fresh(self) -> bool:
        """Whether the access token can still be used."""
        return time.time() < self.expires_at - _MARGIN_SECONDS

    def __repr__(self) -> str:
        return f"Session({self.username})"


def default_path() -> Path:
    """Where XDG wants a user's configuration."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "netraven" / "sessions.json"


class Sessions:
    """The file of all log-ins of this user."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or default_path()

    def get(self, url: str) -> Session | None:
        """The log-in at this server, None without one. Stop when the file cannot be read."""
        found = self._read().get(url)
        return None if found is None else Session(**found)

    def put(self, url: str, session: Session) -> None:
        """Keep a log-in."""
        self._write({**self._read(), url: asdict(session)})

    def drop(self, url: str) -> None:
        """Forget a log-in."""
        self._write({known: kept for known, kept in self._read().items() if known != url})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile."""
        with self._lock() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _lock(self) -> IO[str]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return (self._path.parent / "sessions.lock").open("a")
        except OSError as error:
            where = f"log-ins cannot be kept in {self._path.parent}: {error.strerror}"
            hint = "XDG_CONFIG_HOME names another folder, and NETRAVEN_TOKEN needs none"
            raise Stop(Exit.FAILED, f"{where}; {hint}") from None

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Stop(
                Exit.FAILED, f"cannot read {self._path}: {error}; remove it and log in again"
            ) from None
        return content if isinstance(content, dict) else {}

    def _write(self, content: dict[str, dict[str, Any]]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}")
        # Private from its first byte, and in its place at once: never half a file, never a readable one.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file)
        fresh.replace(self._path)

"""What a session with a device is asked for, and what it answers. No network, no process.

Both sides of the collector have these: the worker, and its child processes without eventlet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from netraven_jobs.crash import Crash

LOGIN, BACKUP, FACTS = "login", "backup", "facts"
"""What a session is for: to see whether the log-in works, to fetch the configuration, to learn the facts."""


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """One session with one device under one credential. Its repr shows no secret.

    `id` names it (give it to `Collector.cancel`); `action` is LOGIN, BACKUP or FACTS; `platform` a Netmiko
    device type; `secret` has "password" and perhaps "enable", or "private_key" and perhaps "passphrase";
    `limit` is how many seconds it may take in all, `connect_timeout` of them to get a connection;
    `host_key` is the key that the device must have, "<type> <base64>", or None when none is known yet;
    `previous_size` is how many octets its last good configuration had; `suspect`: whether the process of an
    earlier session of this task has ended.
    """

    id: str
    action: str
    host: str
    port: int
    platform: str
    username: str
    secret: Mapping[str, str] = field(repr=False)
    limit: float = 60.0
    connect_timeout: float = 10.0
    host_key: str | None = None
    previous_size: int | None = None
    suspect: bool = False

    def frame(self) -> dict[str, Any]:
        """As the child process is told it."""
        return asdict(self) | {"secret": dict(self.secret)}


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """What came of a session; `error_class` None means that it did what it was asked for.

    `error_class` is one of netraven_contracts.jobs.ERROR_CLASSES and `message` says the same to people;
    `host_key` is the key that the device showed, None when it came to none; `duration_ms` how long it took;
    `logged_in`, whether the device took the credential, whatever came then; `crash`: its process has ended
    and nobody knows what came of it.
    `data`: after BACKUP {"text", "size" in octets, "lines", "normal_sha256", "truncated": reason or None},
    after FACTS {"serial", "model", "os_version", "interfaces": […]}, after LOGIN {"prompt"}.
    """

    error_class: str | None = None
    message: str = ""
    host_key: str | None = None
    duration_ms: int = 0
    logged_in: bool = False
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    crash: Crash | None = None

    @property
    def good(self) -> bool:
        """Whether it did what it was asked for."""
        return self.error_class is None

    def frame(self) -> dict[str, Any]:
        """As the child process tells it."""
        return asdict(self)

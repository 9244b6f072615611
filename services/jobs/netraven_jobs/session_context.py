"""What a job type is given for one device: the device, its credentials, the log, the ways to others. It
decides nothing, and no secret is kept in it: they are opened when a session needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import orjson
from pymongo.database import Database

from netraven_chassis import settings
from netraven_chassis.clock import iso, now_ms
from netraven_chassis.sealing import SealBroken
from netraven_contracts.errors import NotFound
from netraven_jobs import dossier
from netraven_jobs.bearing import Bearing, limits_of
from netraven_jobs.crash import Crash
from netraven_jobs.dossier import Dossier
from netraven_jobs.guard import Guard
from netraven_jobs.job_type import Candidate, Resting, Rpc
from netraven_jobs.lockout import REFUSED, SUCCESS, device_rests_until, in_turn, rests_until
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.tasks import COLLECTION, RUNNING, TRIED, Document

_FRESH_SECONDS = 5.0  # nobody else has a session with the device meanwhile; people may change what is known


class Opener(Protocol):
    """Whoever holds the private key."""

    def open(self, sealed: str) -> bytes:
        """The secret in what was sealed. Raises SealBroken."""


@dataclass(frozen=True, slots=True)
class SealedCandidate:
    """A credential that may be tried; its secret stays sealed until it is opened."""

    id: str
    name: str
    username: str
    secret_version: int
    sealed: str = field(repr=False)
    key: Opener = field(repr=False)

    def open(self) -> Mapping[str, str]:
        """Its secret: "password" and "enable", or "private_key" and "passphrase". Raises SealBroken."""
        try:
            parts = orjson.loads(self.key.open(self.sealed))
        except orjson.JSONDecodeError:
            raise SealBroken("what is in it is no secret of ours") from None
        return {str(name): str(value) for name, value in parts.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all tasks of a worker share."""

    key: Opener
    guard: Guard
    lines: LogWriter
    rpc: Rpc
    collector: Any
    database: Database[Document]


class SessionContext:
    """A task in hand; `seconds` is how long it may take. The fields are those of job_type.Context; `crash` is
    what broke the task off when it is to be begun anew.
    """

    def __init__(self, task: Document, around: Surroundings, seconds: float) -> None:
        self.task = task
        self.device: Mapping[str, Any] = task["device"]
        self.options: Mapping[str, Any] = task["options"]
        self.job_id, self.task_id = str(task["job_id"]), str(task["_id"])
        self.attempt, self.epoch = int(task["attempt"]), int(task["epoch"])
        self.crashes = int(task["crashes"])
        self.crash: Crash | None = None
        self.session_id = f"{self.task_id}.{self.epoch}"
        self.began = monotonic()
        self.deadline = self.began + seconds
        self.rpc, self.collector, self.database = around.rpc, around.collector, around.database
        self.resting: list[Resting] = []
        self.attempts: list[dict[str, Any]] = list(task.get(TRIED, ()))
        self.stopped = ""
        self._sessions = [self.session_id]
        self._bearing = Bearing(around.database, self.device["id"])
        self._dossier: Dossier | None = None
        self._read_at, self._began_to_try = 0.0, False
        self._limits = limits_of(settings.current())
        self._around = around
        self._on_stop: Callable[[], None] = lambda: None

    def log(self, level: str, message: str, *, log_type: str = "job", **meta: Any) -> None:
        """Write into the job's log, under the device's name; never waits."""
        self._around.lines.write(
            self.job_id, self.device["id"], level, f"{self.device['name']}: {message}", log_type, **meta
        )

    def session(self, session_id: str) -> str:
        """Make known one more session of this task, so that it is closed when the task is stopped."""
        self._sessions.append(session_id)
        return session_id

    def dossier(self) -> Dossier:
        """What is known of the device. Raises pymongo's errors."""
        if self._dossier is None or monotonic() - self._read_at > _FRESH_SECONDS:
            self._dossier, self._read_at = dossier.read(self.database, self.device["id"]), monotonic()
        return self._dossier

    def credentials(self) -> Iterator[Candidate]:
        """The credentials to try, in order, without those that must leave the device alone for now.

        Raises Unavailable when they cannot be had.
        """
        try:
            rows = self.rpc.devices.sealed_credentials_for(device_id=self.device["id"])
        except NotFound:
            rows = []  # the device was removed meanwhile
        if self._began_to_try:
            self._dossier = None  # the work is begun anew
        self.resting = []
        self._began_to_try = True
        rows = [row for row in rows if row["method"] == "ssh"]
        versions = {row["id"]: row["secret_version"] for row in rows}
        refused_at = self.dossier().refused_at(versions) if len(rows) > 1 else {}
        for row in in_turn(rows, refused_at, self._limits, now_ms()):
            if self._may_try(row):
                yield SealedCandidate(
                    row["id"],
                    row["name"],
                    row["username"],
                    row["secret_version"],
                    row["sealed"],
                    self._around.key,
                )

    def _may_try(self, row: Mapping[str, Any]) -> bool:
        now, known, limits = now_ms(), self.dossier(), self._around.guard.limits
        until = rests_until(known.tried(row["id"], now - limits.window_ms), now, limits)
        if until is None and not known.has_accepted(row["id"], row["secret_version"]):
            until = device_rests_until(known.refusals(), now, self._limits)
        if until is None:
            return True
        self.resting.append(Resting(row["id"], row["name"], until))
        self.log("warning", f"{row['name']} rests until {iso(until)}, after refused log-ins")
        return False

    def attempted(self, credential: Candidate, outcome: str) -> None:
        """Take down what a log-in came to."""
        one = {"credential_id": credential.id, "secret_version": credential.secret_version}
        self.attempts.append({**one, "outcome": outcome})
        if outcome == REFUSED:
            self._remember(self.attempts[-1])
        now, known, guard = now_ms(), self._dossier or self.dossier(), self._around.guard
        self._dossier = None  # from here on, more is known
        forgives = any(how == REFUSED for _, how in known.tried(credential.id, now - guard.limits.window_ms))
        guard.tried(self.device["id"], credential.id, outcome, now, forgives)
        if outcome == SUCCESS:
            met = known.met.get(credential.id, {})
            self._bearing.accepts(credential.id, credential.secret_version, now, met)
        elif outcome == REFUSED:
            self._bearing.refuses(credential.id, credential.secret_version, now)

    def _remember(self, refused: Document) -> None:
        """Keep it with the task, in case that this attempt never ends: the log-in was refused all the same.
        One that was accepted is made again.
        """
        mine = {"_id": self.task_id, "epoch": self.epoch, "status": RUNNING}
        self.database[COLLECTION].update_one(mine, {"$push": {TRIED: refused}})

    def cancelled(self) -> bool:
        """Whether the task is to end now: cancelled, taken away, or given back at a stop."""
        return bool(self.stopped)

    def stop(self, why: str) -> None:
        """Close its sessions; `why` is one of CANCELLED, LOST and GIVEN_BACK. The first word stands."""
        if not self.stopped:
            self.stopped = why
        if self.collector is not None:
            for session_id in self._sessions:
                self.collector.cancel(session_id)


CANCELLED, LOST, GIVEN_BACK = "cancelled", "lost", "given back"

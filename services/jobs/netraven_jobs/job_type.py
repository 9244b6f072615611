"""What a type of job is: its description, what it is given for a device, what it gives back. No type stands
here.

Each type is a module of the folder `types` with `META = JobType(…)` and `run(context) -> Result`; one that
takes the devices of a job all at once (`whole=True`) has `run_all(contexts) -> list[Result]` instead, the
results in the order of the contexts.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, Protocol

from marshmallow import Schema

from netraven_jobs import types
from netraven_jobs.dossier import Dossier


class NoOptions(Schema):
    """For types that have no options."""


@dataclass(frozen=True, slots=True)
class JobType:
    """The description of a type of job.

    `name` and its other spellings `aliases`; `label` and `description` for people; `options`, the marshmallow
    schema of a job's options; `whole`, whether it takes the devices of a job all at once.
    """

    name: str
    aliases: tuple[str, ...] = ()
    label: str = ""
    description: str = ""
    options: type[Schema] = NoOptions
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a device: `status` is succeeded, failed, skipped or quarantined; `error_class` says why to
    programs and `message` to people.

    `data` is what was brought back: {"backup": {…}}, {"quarantine": {…}}, {"facts": {…}} and the like,
    JSON-able.
    """

    status: str
    error_class: str | None = None
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Candidate(Protocol):
    """A credential that may be tried on the device. Its repr shows no secret."""

    @property
    def id(self) -> str:
        """The credential's id."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def username(self) -> str:
        """Under which name it logs in."""

    @property
    def secret_version(self) -> int:
        """Which version of its secret this is."""

    def open(self) -> Mapping[str, str]:
        """Its secret: "password", "enable", "private_key" and "passphrase", those that it has."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A credential that leaves the device alone until then (UTC milliseconds), after refused log-ins."""

    id: str
    name: str
    until: int


class Rpc(Protocol):
    """Calls other services: rpc.monitor.check(device_id=…, ip_address=…)."""

    @property
    def monitor(self) -> Any:
        """A client of the monitor."""

    @property
    def devices(self) -> Any:
        """A client of the devices service."""


class Context(Protocol):
    """What a job type is given for one device."""

    device: Mapping[str, Any]  # id, name, ip_address, port, platform, location, tags
    options: Mapping[str, Any]
    job_id: str
    task_id: str
    attempt: int
    crashes: int  # workers and processes that have ended while they had this task
    session_id: str  # names the first session of this lease
    deadline: float  # on time.monotonic's clock
    rpc: Rpc
    collector: Any
    database: Any

    @property
    def resting(self) -> Sequence[Resting]:
        """The credentials that leave the device alone for now, as far as they had their turn."""

    def log(self, level: str, message: str, *, log_type: str = "job", **meta: Any) -> None:
        """Write into the job's log; never waits."""

    def session(self, session_id: str) -> str:
        """Make known one more session, so that it is closed when the task is stopped; its id."""

    def dossier(self) -> Dossier:
        """What is known of the device."""

    def credentials(self) -> Iterator[Candidate]:
        """The credentials to try, in order, without those that must be left alone for now."""

    def attempted(self, credential: Candidate, outcome: str) -> None:
        """Take down what a log-in came to: "success", "authentication" or another word for a failure."""

    def cancelled(self) -> bool:
        """Whether the device's task has been cancelled or taken away."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A type with what carries it out; exactly one of the functions is there."""

    meta: JobType
    run: Callable[[Context], Result] | None = None
    run_all: Callable[[Sequence[Context]], Sequence[Result]] | None = None


@cache
def plugins() -> Mapping[str, Plugin]:
    """{name: its plug-in} of all modules in the folder. Raises TypeError for one that is none."""
    found = pkgutil.iter_modules(types.__path__)
    made = [_plugin(importlib.import_module(f"{types.__name__}.{module.name}")) for module in found]
    return {plugin.meta.name: plugin for plugin in sorted(made, key=lambda plugin: plugin.meta.name)}


def named(word: str) -> Plugin | None:
    """The type of this name or alias, or None."""
    return next((one for one in plugins().values() if word in (one.meta.name, *one.meta.aliases)), None)


def _plugin(module: ModuleType) -> Plugin:
    meta = getattr(module, "META", None)
    if not isinstance(meta, JobType):
        raise TypeError(f"{module.__name__} has no META, so it is no type of job")
    made = Plugin(meta, getattr(module, "run", None), getattr(module, "run_all", None))
    if (made.run_all if meta.whole else made.run) is None:
        raise TypeError(f"{module.__name__} has nothing to run")
    return made

"""Runs one call in a service: dependencies in, method, dependencies out. No queues, no messages.

It keeps the life that Nameko gives a worker (get_dependency, worker_setup, the method, worker_result,
worker_teardown) without the parts of Nameko's own loop that cost a third of a call: call ids, timing logs and
hooks that nobody has overridden. A dependency that fails fails its call, not the whole container.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from types import TracebackType
from typing import Any

import eventlet
import structlog
from nameko.containers import WorkerContext
from nameko.extensions import DependencyProvider

log = structlog.get_logger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None


class CallContext(WorkerContext):
    """Nameko's worker context, with its ids made only when somebody asks."""

    def __init__(
        self, container: Any, service: Any, entrypoint: Any, arguments: dict[str, Any], data: dict[str, Any]
    ) -> None:
        self.container = container
        self.service = service
        self.entrypoint = entrypoint
        self.service_name = container.service_name
        self.args = ()
        self.kwargs = arguments
        self.data = self.context_data = data

    @property
    def call_id(self) -> str:
        """A name for this call, from the request that it belongs to."""
        return f"{self.service_name}.{self.entrypoint.method_name}.{self.data.get('request_id')}"

    @property
    def call_id_stack(self) -> list[str]:
        """The chain of calls as far as it is known here."""
        return [self.call_id]


class Thread:
    """The greenthread that makes it, in the form in which a container keeps its workers: to be killed."""

    def __init__(self) -> None:
        self._greenlet = eventlet.getcurrent()

    def kill(self) -> None:
        """End it where it stands."""
        eventlet.kill(self._greenlet)


class Lifecycle:
    """The dependencies of one container, by what they take part in."""

    def __init__(self, container: Any) -> None:
        self.container = container
        self._providers = [
            (provider.attr_name, provider.get_dependency) for provider in container.dependencies
        ]
        self._setups = self._overridden("worker_setup")
        self._results = self._overridden("worker_result")
        self._teardowns = self._overridden("worker_teardown")

    def _overridden(self, hook: str) -> list[Callable[..., None]]:
        plain = getattr(DependencyProvider, hook)
        return [
            getattr(each, hook)
            for each in self.container.dependencies
            if getattr(type(each), hook) is not plain
        ]

    def context(self, entrypoint: Any, arguments: dict[str, Any], data: dict[str, Any]) -> CallContext:
        """A fresh service instance and the context of one call of it."""
        return CallContext(self.container, self.container.service_cls(), entrypoint, arguments, data)

    def call(self, context: CallContext) -> Any:
        """Inject, set up and run the method; its result. Raises what they raise."""
        service = context.service
        for name, get in self._providers:
            setattr(service, name, get(context))
        for setup in self._setups:
            setup(context)
        return getattr(service, context.entrypoint.method_name)(**context.kwargs)

    def finish(self, context: CallContext, result: Any, exc_info: ExcInfo) -> None:
        """Tell the dependencies how it ended. Never raises: the caller has its answer."""
        for tell in self._results:
            self._quietly(tell, context, result, exc_info)
        for teardown in self._teardowns:
            self._quietly(teardown, context)

    def _quietly(self, hook: Callable[..., None], *details: Any) -> None:
        try:
            hook(*details)
        except Exception:
            log.exception("a dependency failed after a call", hook=getattr(hook, "__qualname__", hook))


class Parameters:
    """Which keyword arguments a method takes, worked out once."""

    def __init__(self, method: Callable[..., Any]) -> None:
        parameters = [one for one in list(signature(method).parameters.values())[1:]]
        self._any = any(one.kind is Parameter.VAR_KEYWORD for one in parameters)
        named = [
            one for one in parameters if one.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        ]
        self._known = {one.name for one in named}
        self._required = {one.name for one in named if one.default is Parameter.empty}

    def mismatch(self, arguments: Mapping[str, Any]) -> str | None:
        """What is missing or unknown among `arguments`, or None when they fit."""
        missing = self._required - arguments.keys()
        unknown = set() if self._any else arguments.keys() - self._known
        if missing or unknown:
            return f"missing {sorted(missing)}, unknown {sorted(unknown)}"
        return None


def current_exc_info() -> ExcInfo:
    """What is being handled, in the form that Nameko's hooks get."""
    return sys.exc_info()

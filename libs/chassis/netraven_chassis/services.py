"""Which class a service's name stands for. Nothing is started here.

A distribution says so with an entry point of group `netraven.services`; a source tree that is only on the
path, by the convention that service `x` is the class with `name = "x"` in the module `netraven_x.service`, or
in a module `x_service` of some `netraven_…`, where a package holds more than one.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module, util
from importlib.metadata import entry_points
from typing import Any

GROUP = "netraven.services"


class UnknownService(Exception):
    """No installed service has this name; the message lists those that are."""


def installed() -> list[str]:
    """The names of the services whose distributions are installed here."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def find(name: str) -> type[Any]:
    """The Nameko service class called `name`.

    Raises UnknownService; an error in the service's own modules comes through as it is.
    """
    for point in entry_points(group=GROUP, name=name):
        found: type[Any] = point.load()
        return found
    return _by_convention(name)


def _by_convention(name: str) -> type[Any]:
    for place in _places(name) if name.isidentifier() else ():
        for found in vars(import_module(place)).values():
            if inspect.isclass(found) and getattr(found, "name", None) == name:
                return found
    known = ", ".join(installed()) or "none"
    raise UnknownService(f"there is no service called {name} here; installed: {known}")


def _places(name: str) -> Iterator[str]:
    """The modules that may hold the service `name`."""
    if util.find_spec(f"netraven_{name}") and util.find_spec(f"netraven_{name}.service"):
        yield f"netraven_{name}.service"
    for package in pkgutil.iter_modules():
        if package.name.startswith("netraven_") and util.find_spec(f"{package.name}.{name}_service"):
            yield f"{package.name}.{name}_service"

"""What the devices service does ever again by itself, as a Nameko dependency. What that is, comes in."""

from __future__ import annotations

from collections.abc import Callable

from nameko.extensions import DependencyProvider

from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.rounds import Rounds
from netraven_chassis.store import Store


class Tending(DependencyProvider):
    """Takes a step at the start and then every `seconds`; the next one does what was left half done."""

    def __init__(self, name: str, step: Callable[[BoundStore], None], seconds: float) -> None:
        self._step = step
        self._rounds = Rounds(name, self._take, seconds)

    def start(self) -> None:
        """Begin."""
        self._rounds.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """No more of it."""
        self._rounds.stop()

    def kill(self) -> None:
        """Likewise."""
        self.stop()

    def _take(self) -> None:
        (store,) = (one for one in self.container.dependencies if isinstance(one, Store))
        self._step(BoundStore(store.core, context_of({})))

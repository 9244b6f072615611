"""Makes up for crashes between what happens to a credential and to its sealed secrets. Decides nothing."""

from __future__ import annotations

from nameko.extensions import DependencyProvider

from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.rounds import Rounds
from netraven_chassis.store import Store
from netraven_devices import credentials

LOOK_SECONDS = 60.0  # between looks for what a crash, here or in another process, has left


class Shredder(DependencyProvider):
    """Looks for sealed secrets that no credential has, at the start and then ever again."""

    def __init__(self) -> None:
        self._looks = Rounds("shred", self._look, LOOK_SECONDS)

    def start(self) -> None:
        """Begin to look."""
        self._looks.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Look no more."""
        self._looks.stop()

    def kill(self) -> None:
        """Likewise: nothing here can be left half done."""
        self.stop()

    def _look(self) -> None:
        (store,) = (one for one in self.container.dependencies if isinstance(one, Store))
        bound = BoundStore(store.core, context_of({}))
        credentials.shred_removed(bound)
        credentials.drop_unnamed(bound)

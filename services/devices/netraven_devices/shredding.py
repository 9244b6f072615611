"""Makes up for crashes between what happens to a credential and to its sealed secrets. Decides nothing."""

from __future__ import annotations

import random

import structlog
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.faults import infrastructure
from netraven_chassis.store import Store
from netraven_devices import credentials

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0  # between looks for what a crash, here or in another process, has left


class Shredder(DependencyProvider):
    """Looks for sealed secrets that no credential has, at the start and then ever again."""

    def setup(self) -> None:
        """Be ready to stop."""
        self._stopped = Event()

    def start(self) -> None:
        """Begin to look."""
        self.container.spawn_managed_thread(self._look_for_ever, identifier="shred")

    def stop(self) -> None:
        """Look no more."""
        if not self._stopped.ready():
            self._stopped.send(None)

    def kill(self) -> None:
        """Likewise: nothing here can be left half done."""
        self.stop()

    def _look_for_ever(self) -> None:
        (store,) = (one for one in self.container.dependencies if isinstance(one, Store))
        while not self._stopped.ready():
            try:
                bound = BoundStore(store.core, context_of({}))
                credentials.shred_removed(bound)
                credentials.drop_unnamed(bound)
            except Exception as error:
                if not infrastructure(error):
                    raise
                log.info("cannot look for secrets to shred just now", error=repr(error))
            self._stopped.wait(LOOK_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - keeps instances apart

"""Opens auth with its container: equipment, first admin, and what must be looked after while it runs.

What a request may use comes out of it as `self.kit`. No request is answered here.
"""

from __future__ import annotations

from typing import Any

from eventlet.event import Event
from nameko.extensions import DependencyProvider

from netraven_auth import first_admin, seats
from netraven_auth.accounts import perform
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERS, MEMBERSHIP
from netraven_auth.signing import RENEW_SECONDS
from netraven_auth.user import ADMIN
from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore, context_of
from netraven_chassis.rounds import Rounds, finish
from netraven_chassis.store import Store
from netraven_chassis.views import LIVE
from netraven_contracts.errors import Unavailable

TEND_SECONDS = RENEW_SECONDS / 5
STOP_SECONDS = 1.0
OPENING_SECONDS = 3.0  # that a request may wait for the start to be over: less than its caller waits


class Opening(DependencyProvider):
    """Gives every request the same Equipment. Needs the service's Store."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = Event()
        self._tending = Rounds("tend", self._tend, TEND_SECONDS)

    def setup(self) -> None:
        """Open everything. Raises SettingsError for a signing key that cannot be used."""
        self.kit = Equipment(mongo.database(self.container.service_name), settings.current())

    def start(self) -> None:
        """Make the first admin if there is none, before anybody is answered; then look after things."""
        self.kit.prepare()
        first_admin.ensure(self._store(), self.kit)
        self._opened.send(True)
        self._tending.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Look after nothing any more; what is in hand gets a moment."""
        finish(self._tending, within=STOP_SECONDS)

    def kill(self) -> None:
        """The same without waiting."""
        self._tending.stop()

    def get_dependency(self, _worker_ctx: Any) -> Equipment:
        """What requests work with. Raises Unavailable for one that comes while the first admin is being made:
        all parts of a container start at once.
        """
        if not self._opened.wait(OPENING_SECONDS):
            raise Unavailable("auth is still starting; try again shortly", {"retry_after": 1})
        return self.kit

    def _store(self) -> BoundStore:
        """The store for what nobody asked for: its actor is the system."""
        stores = (one for one in self.container.dependencies if isinstance(one, Store))
        return BoundStore(next(stores).core, context_of({}))

    def _tend(self) -> None:
        tend(self._store(), self.kit)


def tend(store: BoundStore, kit: Equipment) -> None:
    """Renew the public keys, and count the admins whom a crash has left out."""
    kit.publish()
    counted = store.load(MEMBERSHIP, MEMBERS).state.admins
    admins = store.collection("users").find({"role": ADMIN, "enabled": True, **LIVE}, {"_id": 1})
    for user_id in {row["_id"] for row in admins} - counted:
        perform(store, seats.recount(user_id))

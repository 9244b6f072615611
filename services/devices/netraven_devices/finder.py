"""Which devices there are and how they are told apart: cards in memory, exact as of the log's end.

They are made from the views once and from the log ever after, caught up with every question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider

from netraven_chassis import mongo
from netraven_chassis.combine import Combiner
from netraven_chassis.core import RANGE, Core
from netraven_chassis.rebuild import OWN
from netraven_chassis.views import LIVE
from netraven_devices import pulse
from netraven_devices.cards import Card, Cards

AT_ONCE = 1000  # questions that share a look
BATCH = 2000  # devices read at once: others get their turn in between


class Finder(DependencyProvider):
    """Keeps the cards of one process: `self.finder.up_to_date(self.store.core)`."""

    def __init__(self) -> None:
        self._cards: Cards | None = None
        # Whoever asks while somebody looks at the log shares the next look with all who wait for it.
        self._looks: Combiner[Core, Cards] = Combiner(self._look, AT_ONCE)
        self.unpinged = pulse.Unpinged()

    def setup(self) -> None:
        """Make the index that an order by the pulse needs."""
        pulse.prepare(mongo.database(self.container.service_name))

    def get_dependency(self, _worker_ctx: Any) -> Finder:
        """The same for all requests."""
        return self

    def up_to_date(self, core: Core) -> Cards:
        """The cards with everything that the log has at the moment of asking."""
        return self._looks.do(core)

    def _look(self, cores: Sequence[Core]) -> list[Cards]:
        core = cores[0]  # they are one and the same
        if self._cards is None:
            self._cards = _read(core)
        while commits := core.log.range(self._cards.position, RANGE):
            self._cards.take(commits)
        return [self._cards] * len(cores)


def _read(core: Core) -> Cards:
    cards = Cards()
    # Up to its checkpoint the views have everything; what they have beyond it is taken again.
    cards.position = core.followers()[OWN].position
    fields = dict.fromkeys(Card._fields, 1)
    for row in core.generations.collection("devices").find(LIVE, fields, batch_size=BATCH):
        cards.put(row["_id"], row)
    return cards

"""Which devices there are and how they are told apart: cards in memory, exact as of the log's end.

They are made from the views once and from the log ever after, caught up with every question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from nameko.extensions import DependencyProvider

from netraven_chassis import mongo
from netraven_chassis.combine import Combiner
from netraven_chassis.core import RANGE, Core
from netraven_chassis.rebuild import OWN
from netraven_chassis.rounds import Rounds
from netraven_chassis.store import Store
from netraven_chassis.views import LIVE
from netraven_devices import pulse
from netraven_devices.cards import Card, Cards

LOOK_SECONDS = 2.0  # without a question
COUNT_SECONDS = 10.0  # that a total may be behind what another instance has heard
REMEMBERED = 64  # counts
AT_ONCE = 1000  # questions that share a look
BATCH = 2000  # devices read at once: others get their turn in between


class Counts:
    """What was counted lately: a fleet's worth of an index is not counted again for its next page."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, float, int]] = {}

    def of(self, what: str, mark: Any, count: Callable[[], int]) -> int:
        """The count of `what`, made anew when `mark`, how far logs are known here, is another one, and soon
        in any case, because another instance may have heard more.
        """
        kept_mark, until, number = self._kept.get(what, (None, 0.0, 0))
        if kept_mark != mark or time.monotonic() > until:
            number = count()
            if len(self._kept) >= REMEMBERED:
                self._kept.clear()
            self._kept[what] = (mark, time.monotonic() + COUNT_SECONDS, number)
        return number


class Finder(DependencyProvider):
    """Keeps the cards of one process: `self.finder.up_to_date(self.store.core)`.

    `ready` is False as long as they are being made: of a large fleet that takes seconds.
    """

    def __init__(self) -> None:
        self._cards: Cards | None = None
        # Whoever asks while somebody looks at the log shares the next look with all who wait for it.
        self._looks: Combiner[Core, Cards] = Combiner(self._look, AT_ONCE)
        self.unpinged = pulse.Unpinged()
        self.counts = Counts()
        self.ready = True
        self._keeping_up = Rounds("cards", self._keep_up, LOOK_SECONDS)

    def setup(self) -> None:
        """Make the index that an order by the pulse needs. The cards are made when all has started."""
        pulse.prepare(mongo.database(self.container.service_name))
        self.ready = False

    def start(self) -> None:
        """Make the cards, and keep up with the log: else whoever asks first would wait for all of it."""
        self._keeping_up.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Keep up no more."""
        self._keeping_up.stop()

    def kill(self) -> None:
        """Likewise."""
        self.stop()

    def _keep_up(self) -> None:
        (store,) = (one for one in self.container.dependencies if isinstance(one, Store))
        self.up_to_date(store.core)
        self.ready = True

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

"""Single devices, found together: questions that come at once share one trip to the database.

The question itself stands in queries.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider

from netraven_chassis.bound import BoundStore
from netraven_chassis.combine import Combiner
from netraven_contracts.errors import NotFound
from netraven_devices import queries

AT_ONCE = 32  # devices of one trip: the largest have half a megabyte of interfaces

Question = tuple[BoundStore, str]


class Reader(DependencyProvider):
    """Reads for all requests of one process: `self.reader.device(self.store, device_id)`."""

    def __init__(self) -> None:
        self._questions: Combiner[Question, dict[str, Any]] = Combiner(_answers, AT_ONCE)

    def get_dependency(self, _worker_ctx: Any) -> Reader:
        """The same for all requests."""
        return self

    def device(
        self, store: BoundStore, device_id: str, at: int | None = None, version: int | None = None
    ) -> dict[str, Any]:
        """See queries.device."""
        if at is not None or version is not None:
            return queries.device(store, device_id, at, version)
        return self._questions.do((store, device_id))


def _answers(questions: Sequence[Question]) -> list[dict[str, Any] | NotFound]:
    # Whose store it is makes no difference to what is read.
    store = questions[0][0]
    found = queries.devices_alone(store, sorted({device_id for _, device_id in questions}))
    return [found.get(device_id) or queries.no_device() for _, device_id in questions]

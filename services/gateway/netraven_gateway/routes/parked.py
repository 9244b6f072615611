"""The rows of the route table about what services could not take in."""

from __future__ import annotations

from netraven_contracts import parked as contract
from netraven_contracts.errors import Conflict, DeleteFailed, ListFailed, NotFound, UpdateFailed
from netraven_contracts.paging import PageQuery
from netraven_gateway import parked
from netraven_gateway.route import ADMIN, Gives, Reads, Route


class _Query(contract.ParkedFilters, PageQuery):
    """GET /parked, a page at a time."""


_WHAT = (
    "Changes that a service tried to take in and could not; those of the same thing that came later wait "
    "behind them, all else goes on. The first 1,000 of each follower."
)
_REPLAY = (
    "Tries the changes of the same thing in their order, up to the first that fails again (409). Mend the "
    "cause first: the service's log tells it."
)
_DROP = "It is never taken in. What waits behind it goes on when it is replayed."

ROWS = (
    Route("GET", "/parked", ADMIN, parked.index, "system", "List what could not be taken in",
          Reads(query=_Query), Gives(schema=contract.Parked, many=True), ListFailed, description=_WHAT),
    Route("POST", "/parked/{parked}/replay", ADMIN, parked.replay, "system", "Try again what is parked",
          gives=Gives(schema=contract.Replayed, message="Replayed"), failure=UpdateFailed,
          errors=(NotFound, Conflict), description=_REPLAY, keyed=False),
    Route("DELETE", "/parked/{parked}", ADMIN, parked.drop, "system", "Give up what is parked",
          gives=Gives(status=204, message="Given up"), failure=DeleteFailed, errors=(NotFound,),
          description=_DROP),
)  # fmt: skip

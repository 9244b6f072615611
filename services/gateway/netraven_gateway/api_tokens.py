"""Whose long-lived tokens are whose, as auth said a moment ago. What has ended since stands elsewhere."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from netraven_contracts.access import Caller

REMEMBERED = 1024


class ApiTokens:
    """Remembers callers by the digests of their tokens, each for as long as auth allows (`expires`).

    Parameters: `clock` gives seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Caller] = OrderedDict()

    def caller(self, digest: str, auth: Callable[[], Any]) -> Caller:
        """The token's caller, asked of `auth()` when nothing is remembered.

        Raises Unauthorized for a token that is none or has ended, Unavailable without an answer.
        """
        caller = self._known.get(digest)
        if caller is not None and self._clock() * 1000 < caller.expires:
            return caller
        self._known.pop(digest, None)
        caller = Caller(**auth().authenticate_api_token(digest=digest))
        self._known[digest] = caller
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller

    def forget(self, caller: Caller) -> bool:
        """Ask auth about the caller's token when it is shown next; whether there is anything to ask."""
        ours = [digest for digest, known in self._known.items() if known.session == caller.session]
        for digest in ours:
            del self._known[digest]
        return bool(ours)

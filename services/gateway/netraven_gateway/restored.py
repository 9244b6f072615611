"""Whether a log is still the one that its streams have told of, and how they go on when it is not because its
database was restored to an earlier state, or replaced. No sockets, no calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from netraven_chassis.shortness import Shortness
from netraven_gateway import sse
from netraven_gateway.rings import Ring
from netraven_gateway.stream import Source

_log = structlog.get_logger(__name__)

EVENT = b"restored"


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a client's stream begins: after `place`, with `frame` as the first thing that it is told."""

    place: Any
    frame: bytes = b""


class Identity:
    """What is known of one log. `clock` gives seconds that only grow."""

    def __init__(self, log_id: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._log_id, self._shortness = log_id, Shortness(clock)

    def is_another(self, log_id: str, head: int, known: int) -> bool:
        """Whether the log that says this of itself is not the one that was read up to `known`: it has another
        id, or has ended before that for a while. From then on it is the known one.
        """
        replaced = self._log_id not in ("", log_id)
        self._log_id = log_id
        if replaced:
            self._shortness.forget()
        return replaced or self._shortness.lasts(head, known)


def begin_anew(source: Source, place: int, told: dict[str, Any]) -> None:
    """Let all readers of a source go on after `place`, where its log ends now, and tell them so first."""
    _log.warning("a log was restored or replaced: its streams go on where it ends now", place=place, **told)
    ring = Ring(place - 1, source.ring.limit)
    ring.append(place, frame(told, place))
    source.ring = ring
    for reader in source.readers:
        reader.place, reader.serial = place - 1, ring.serial(place - 1)


def frame(told: dict[str, Any], ident: int | str) -> bytes:
    """The event that says so; its id is where a client goes on from now."""
    return sse.frame(EVENT, orjson.dumps(told), ident)

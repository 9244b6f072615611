"""Work that takes the processor for a while, done in a native thread so that the hub goes on. Nothing waits
for a network here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import tpool

P = ParamSpec("P")
T = TypeVar("T")

SMALL = 32_768
"""Octets below which the way to a thread and back takes longer than the work."""


def apart(size: int, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What `work` gives, done in a native thread unless it is about few octets (`size`). It must neither wait
    for a green thread nor use a socket of one.
    """
    if size <= SMALL:
        return work(*arguments, **named)
    done: T = tpool.execute(work, *arguments, **named)
    return done

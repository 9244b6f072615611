"""How far a reader of the audit feed is: a position in each service's log, as one opaque word. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import orjson

from netraven_contracts.events import SERVICES

Vector = tuple[int, ...]
"""Positions in the order of SERVICES."""

BEGINNING: Vector = (0,) * len(SERVICES)
_LARGEST = 2**53


def vector(positions: Mapping[str, int]) -> Vector:
    """The positions by service, as a vector."""
    return tuple(positions[service] for service in SERVICES)


def moved(place: Vector, service: str, position: int) -> Vector:
    """The vector with another position in one log."""
    at = SERVICES.index(service)
    return (*place[:at], position, *place[at + 1 :])


def encode(place: Vector) -> str:
    """The cursor for a vector."""
    return (
        base64.urlsafe_b64encode(orjson.dumps(dict(zip(SERVICES, place, strict=True)))).decode().rstrip("=")
    )


def decode(cursor: str) -> Vector:
    """The vector in a cursor. Raises ValueError for what is none; a service that it does not know is at 0."""
    try:
        positions = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError("no cursor of ours") from error
    if not isinstance(positions, dict) or set(positions) - set(SERVICES):
        raise ValueError("no cursor of ours")
    found = tuple(positions.get(service, 0) for service in SERVICES)
    if not all(type(position) is int and 0 <= position < _LARGEST for position in found):
        raise ValueError("no cursor of ours")
    return found

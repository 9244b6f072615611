"""Makes up for crashes between what happens to a credential and to its sealed secrets. Decides nothing."""

from __future__ import annotations

from netraven_chassis.bound import BoundStore
from netraven_devices import credentials

LOOK_SECONDS = 60.0  # between looks for what a crash, here or in another process, has left


def make_up(store: BoundStore) -> None:
    """Shred what a removed credential has left, and drop sealed secrets that no credential has."""
    credentials.shred_removed(store)
    credentials.drop_unnamed(store)

"""When each device's turn is: spread over the interval by a hash of its id. Numbers only, no clock.

Devices are in GROUPS; a group is asked together, and its turn lies at its own moment within the interval,
the same on every instance and after every restart. Neighbouring groups belong to different shards, so that
the devices of one shard are spread as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

GROUPS = 256
SHARDS = 16
# A poller that was held up catches up this much; older turns are skipped until their next one.
LATE_MS = 1_000


def group_of(device_id: str) -> int:
    """The group that a device belongs to, 0 to GROUPS - 1, for ever: samples are found by it."""
    return crc32(device_id.encode()) % GROUPS


def shard_of(group: int) -> int:
    """The shard that a group belongs to, 0 to SHARDS - 1."""
    return group % SHARDS


def groups_of(shards: Iterable[int]) -> list[int]:
    """All groups of these shards."""
    wanted = set(shards)
    return [group for group in range(GROUPS) if shard_of(group) in wanted]


def due(after_ms: int, until_ms: int, interval_ms: int) -> list[int]:
    """The groups whose turn lies in the time past `after_ms` up to `until_ms`, in the order of their turns.

    Parameters: UTC milliseconds. A group is there once however much time it is, and of a longer time only
    the last LATE_MS count: what was missed is skipped. A clock that was set back makes nothing due.
    """
    first = max(after_ms, until_ms - min(LATE_MS, interval_ms))
    if first >= until_ms:
        return []
    # Turn k of group g is at (k + g / GROUPS) * interval: count the turns of all groups in one sequence.
    begin, end = first * GROUPS // interval_ms, until_ms * GROUPS // interval_ms
    return [turn % GROUPS for turn in range(begin + 1, end + 1)][-GROUPS:]

"""How many clients this process can hold at once: as many as the settings want and its open files allow."""

from __future__ import annotations

import resource

_SPARE_FILES = 200


def divide(connections: int, streams: int) -> tuple[int, int]:
    """Allow as many open files as both need together; how many connections and how many streams fit.

    Where the system allows fewer files, both get less in proportion, and one of each at the least.
    """
    wanted = connections + streams
    room = _make_room(wanted)
    if room >= wanted:
        return connections, streams
    fitting = max(1, room * connections // wanted)
    return fitting, max(1, room - fitting)


def _make_room(wanted: int) -> int:
    """Raise the limit of open files as far as it has to and may be; how many clients fit in the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(wanted, max(soft - _SPARE_FILES, soft // 2))

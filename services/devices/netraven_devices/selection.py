"""Which credentials would be tried on a device, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TRIED = "ssh"
"""The method whose credentials are tried: jobs log in at a terminal, by SSH or telnet, and nowhere else."""


def candidates(
    credentials: Sequence[Mapping[str, Any]], tags: Sequence[str], succeeded_at: Mapping[str, int]
) -> list[Mapping[str, Any]]:
    """The credentials for a device with these tags, the first to be tried first.

    Only those that jobs log in with. One without tags is for any device; one with tags needs one in common.
    Lower priority first, then the one that worked on this device last (`succeeded_at`: {credential id: UTC
    milliseconds}), then by name, so that the order never depends on chance.
    """
    wanted = set(tags)
    to_log_in = [one for one in credentials if one["method"] == TRIED]
    fitting = [one for one in to_log_in if not one["tags"] or wanted & set(one["tags"])]
    return sorted(
        fitting, key=lambda one: (one["priority"], -succeeded_at.get(one["_id"], 0), one["name"].casefold())
    )

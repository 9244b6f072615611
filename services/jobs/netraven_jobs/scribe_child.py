"""The process that reads and compares large texts for the jobs service, one after the other. It knows
nothing else: no database, no bus, no settings.

It ends when the service closes its end of the socket, or is gone.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from netraven_jobs import diff, frames, redaction, volatile


def compare(old: str, new: str, old_name: str, new_name: str, context: int) -> dict[str, Any]:
    """The difference between two texts, as a mapping."""
    return asdict(diff.compare(old, new, old_name, new_name, context))


WORK: Mapping[str, Callable[..., Any]] = {
    "compare": compare,
    "redact": redaction.redact,
    "normalise": volatile.normalise,
}


def serve(sock: socket.socket) -> None:
    """Answer each frame {"work": name, "with": arguments} with {"done": …} or {"failed": the error's class},
    which says nothing of a text.
    """
    for frame in frames.receive(sock):
        try:
            answer = {"done": WORK[frame["work"]](*frame["with"])}
        except Exception as error:
            answer = {"failed": type(error).__name__}
        frames.send(sock, answer)


if __name__ == "__main__":
    inherited = socket.socket(fileno=int(sys.argv[1]))
    inherited.setblocking(True)  # the other end is a green one, which never blocks
    serve(inherited)

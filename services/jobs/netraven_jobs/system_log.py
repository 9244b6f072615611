"""What the log says of the system itself, outside of jobs: all in one form, so that it is found by its type.
What is worth a word is for those to know who say it.
"""

from __future__ import annotations

from typing import Any

from netraven_jobs.log_writer import LogWriter

SYSTEM = "system"


def say(
    lines: LogWriter,
    message: str,
    level: str = "info",
    *,
    device_id: str | None = None,
    ident: str | None = None,
    **meta: Any,
) -> None:
    """Write an entry of the system; the rest as LogWriter.write has it. Returns at once and never raises."""
    lines.write(None, device_id, level, message, log_type=SYSTEM, ident=ident, **meta)

"""A supervisor over the sample services, as a process: `up.py SERVICE…`."""

from __future__ import annotations

import os
import sys

import structlog

from netraven_chassis import logs, settings
from netraven_chassis.datafolder import InUse
from netraven_chassis.mongod import NoDatabase
from netraven_chassis.supervisor import PortInUse, Supervisor

log = structlog.get_logger("up")


def main() -> int:
    wanted = settings.load(os.environ)
    logs.configure(wanted)
    supervisor = Supervisor(
        sys.argv[1:],
        wanted,
        os.environ,
        on_ready=lambda url: log.info("ready", url=url),
        on_lost=lambda: log.info("lost"),
    )
    try:
        return supervisor.run()
    except (InUse, NoDatabase, PortInUse, OSError) as error:
        log.error("refused", kind=type(error).__name__, why=str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())

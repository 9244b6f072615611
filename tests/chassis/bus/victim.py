"""An echo service in a process of its own, to be killed: `python -m tests.chassis.bus.victim URI`."""

import netraven_chassis.patch  # noqa: F401, I001 - before anything that opens a socket

import os
import sys

from nameko import config
from nameko.containers import ServiceContainer

from netraven_chassis.bus import rpc


class Victim:
    """Says who it is."""

    name = "victim"

    @rpc
    def pid(self) -> int:
        return os.getpid()


if __name__ == "__main__":
    config.setup({"AMQP_URI": sys.argv[1], "max_workers": 20, "HEARTBEAT": 60})
    container = ServiceContainer(Victim)
    container.start()
    print("ready", flush=True)
    container.wait()

"""An echo service in a process of its own, to be killed: `python -m tests.chassis.bus.victim URI`."""

import netraven_chassis.patch  # noqa: F401, I001 - before anything that opens a socket

import os
import sys

import eventlet
from nameko import config
from nameko.containers import ServiceContainer

from netraven_chassis.bus import rpc


class Victim:
    """Says who it is, quickly or slowly."""

    name = "victim"

    @rpc
    def pid(self, seconds: float = 0.0) -> int:
        eventlet.sleep(seconds)
        return os.getpid()


if __name__ == "__main__":
    config.setup({"AMQP_URI": sys.argv[1], "max_workers": 20, "HEARTBEAT": 5})
    container = ServiceContainer(Victim)
    container.start()
    print("ready", flush=True)
    container.wait()

"""The worker: takes devices' tasks and carries them out. It keeps no log of events and answers no calls."""

from __future__ import annotations

from netraven_chassis.bus.heartbeat import Heartbeat


class WorkerService:
    """Does the work of jobs, a device at a time."""

    name = "worker"
    heartbeat = Heartbeat()

"""The jobs service: what may be asked of jobs, schedules, logs and backups over the bus."""

from __future__ import annotations

from netraven_chassis.bus.heartbeat import Heartbeat


class JobsService:
    """Plans jobs and tells what came of them."""

    name = "jobs"
    heartbeat = Heartbeat()

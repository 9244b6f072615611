"""The worker: takes devices' tasks and carries them out. It keeps no log of events and answers no calls."""

from __future__ import annotations

from netraven_jobs.courier import Courier
from netraven_jobs.taking import Takes
from netraven_jobs.working import Work


class WorkerService:
    """Does the work of jobs, many devices at a time."""

    name = "worker"
    work: Work = Takes()
    courier = Courier()

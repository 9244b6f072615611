"""The jobs service: what may be asked of jobs, schedules, logs and backups over the bus. What is answered
stands in the parts that it is put together from.
"""

from __future__ import annotations

from netraven_chassis.log_rpc import LogRpc
from netraven_chassis.store import Store
from netraven_jobs.backup import BACKUP
from netraven_jobs.backup_rpc import BackupsRpc
from netraven_jobs.configuration import CONFIGURATION
from netraven_jobs.host_key import HOST_KEY
from netraven_jobs.host_key_rpc import HostKeysRpc
from netraven_jobs.job import JOB
from netraven_jobs.job_rpc import JobRpc
from netraven_jobs.lines import JobLog
from netraven_jobs.log_retention import LogKeeping
from netraven_jobs.log_rpc import LogsRpc
from netraven_jobs.planning import Planning, Plans
from netraven_jobs.schedule import SCHEDULE
from netraven_jobs.schedule_rpc import ScheduleRpc
from netraven_jobs.task import TASK
from netraven_jobs.views import VIEWS
from netraven_jobs.webhook import WEBHOOK
from netraven_jobs.webhook_rpc import WebhooksRpc


class JobsService(LogRpc, JobRpc, ScheduleRpc, LogsRpc, BackupsRpc, WebhooksRpc, HostKeysRpc):
    """Plans jobs and tells what came of them."""

    name = "jobs"
    store = Store(JOB, SCHEDULE, TASK, CONFIGURATION, BACKUP, WEBHOOK, HOST_KEY, views=VIEWS)
    log = JobLog("jobs")
    log_keeping = LogKeeping()
    planning: Planning = Plans()

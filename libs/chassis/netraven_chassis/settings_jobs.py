"""The settings of jobs, their workers, logs, backups and webhooks: the rows of the one table after those of
settings_system.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from netraven_chassis.setting import row
from netraven_chassis.settings_system import SystemSettings
from netraven_chassis.values import SWITCH, ByWord, by_word, number, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings(SystemSettings):
    """Each row reads: variable, kind, default, unit, what it does."""

    worker_capacity: int = row(
        "NETRAVEN_WORKER_CAPACITY", whole(1, 2000), "20", "", "devices a worker works on at once"
    )
    worker_processes: int = row(
        "NETRAVEN_WORKER_PROCESSES",
        whole(1, 64),
        "2",
        "",
        "child processes in which a worker has its sessions",
    )
    site_limit: int = row(
        "NETRAVEN_SITE_LIMIT", whole(0, 10_000), "50", "", "sessions at once at a location; 0: any number"
    )
    device_limit_seconds: float = row(
        "NETRAVEN_DEVICE_LIMIT_SECONDS", number(1, 1500), "300", "s", "a job gives up on a device after this"
    )
    connect_seconds: float = row(
        "NETRAVEN_CONNECT_SECONDS",
        number(1, 120),
        "10",
        "s",
        "for a device to take a connection, to greet, to answer a log-in",
    )
    task_lease_seconds: float = row(
        "NETRAVEN_TASK_LEASE_SECONDS",
        number(2, 600),
        "15",
        "s",
        "a silent worker's tasks are begun anew then",
    )
    lockout_attempts: int = row(
        "NETRAVEN_LOCKOUT_ATTEMPTS",
        whole(0, 1000),
        "3",
        "",
        "refused log-ins that a device bears before credentials leave it alone; 0: any number",
    )
    lockout_window_seconds: int = row(
        "NETRAVEN_LOCKOUT_WINDOW_SECONDS", whole(1, 86_400), "900", "s", "for so long failed log-ins count"
    )
    backups_keep: ByWord = row(  # noqa: RUF009 - it makes a field
        "NETRAVEN_BACKUPS_KEEP",
        by_word(whole(0, 100_000), "last", "daily", "weekly", "monthly"),
        "0,last=100,daily=31,weekly=26,monthly=60",
        "",
        "of each device the last backups, and the last one of so many days, weeks, months; 0: all",
    )
    log_retention_days: ByWord = row(  # noqa: RUF009 - it makes a field, like field() itself
        "NETRAVEN_LOG_RETENTION_DAYS",
        by_word(whole(1, 36_500), "job", "connection", "session", "system"),
        "90,session=30",
        "days",
        "how long log entries are kept, by type",
    )
    log_retention_entries: ByWord = row(  # noqa: RUF009 - it makes a field
        "NETRAVEN_LOG_RETENTION_ENTRIES",
        by_word(whole(1, 10**9), "job", "connection", "session", "system"),
        "1000000",
        "",
        "most log entries that are kept, by type; the oldest go",
    )
    job_retention_days: int = row(
        "NETRAVEN_JOB_RETENTION_DAYS",
        whole(1, 36_500),
        "90",
        "days",
        "how long is kept what a job that is over did with each device",
    )
    webhook_private: bool = row(
        "NETRAVEN_WEBHOOK_PRIVATE",
        SWITCH,
        "true",
        "",
        "whether webhooks may reach this machine and private networks",
    )
    webhook_retry_seconds: float = row(
        "NETRAVEN_WEBHOOK_RETRY_SECONDS",
        number(0.05, 3600),
        "5",
        "s",
        "until a webhook is tried again; each further time it is four times as long",
    )

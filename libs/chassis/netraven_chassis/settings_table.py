"""Every setting of the system, in one table: name, what it may be, what it is when nobody says, what it does.

What a setting causes stands where it is used; how the table is read stands in settings.py.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from netraven_chassis.datafolder import default_data
from netraven_chassis.setting import Setting, row
from netraven_chassis.values import (
    FOLDER,
    NETWORK,
    ORIGIN,
    SWITCH,
    TEXT,
    ByWord,
    Network,
    address,
    by_word,
    choice,
    listing,
    matching,
    number,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The table. Each row reads: variable, kind, default, unit, what it does."""

    port: int = row("NETRAVEN_PORT", whole(0, 65535), "8080", "", "TCP port of the API; 0 takes any free one")
    host: str = row("NETRAVEN_HOST", TEXT, "127.0.0.1", "", "address that the API listens on")
    data: Path = row(  # noqa: RUF009 - it makes a field, like field() itself
        "NETRAVEN_DATA", FOLDER, default_data, "", "folder of the private database and its locks"
    )
    admin_password: str = row(
        "NETRAVEN_ADMIN_PASSWORD",
        TEXT,
        "",
        "",
        "first password of the user admin; empty: one is made and printed",
        secret=True,
    )
    auth: str = row(
        "NETRAVEN_AUTH", choice("jwt", "none"), "jwt", "", "none serves without log-in, on loopback"
    )
    database_prefix: str = row(
        "NETRAVEN_DATABASE_PREFIX",
        matching(r"[a-z][a-z0-9_]{0,30}", "a-z, 0-9 and _, beginning with a letter"),
        "netraven",
        "",
        "databases are called <prefix>_<service>",
    )
    log_level: str = row(
        "NETRAVEN_LOG_LEVEL",
        choice("debug", "info", "warning", "error"),
        "info",
        "",
        "least level that is logged",
    )
    log_format: str = row(
        "NETRAVEN_LOG_FORMAT",
        choice("auto", "json", "console"),
        "auto",
        "",
        "auto: console on a terminal, else json",
    )
    trusted_proxies: tuple[Network, ...] = row(
        "NETRAVEN_TRUSTED_PROXIES", listing(NETWORK), "", "", "proxies whose X-Forwarded-For is believed"
    )
    cors_origins: tuple[str, ...] = row(
        "NETRAVEN_CORS_ORIGINS", listing(ORIGIN), "", "", "web origins that may call the API; empty: none"
    )
    body_limit: int = row(
        "NETRAVEN_BODY_LIMIT", whole(1024, 2**30), str(10 * 2**20), "bytes", "largest request body"
    )
    connection_limit: int = row(
        "NETRAVEN_CONNECTION_LIMIT", whole(1, 100_000), "1000", "", "HTTP connections open at once"
    )
    stream_limit: int = row(
        "NETRAVEN_STREAM_LIMIT", whole(1, 100_000), "8000", "", "log and event streams open at once"
    )
    stream_patience_seconds: float = row(
        "NETRAVEN_STREAM_PATIENCE_SECONDS",
        number(0.5, 600),
        "30",
        "s",
        "a client of a stream that takes nothing, or stays behind, for longer is cut off",
    )
    rpc_timeout_seconds: float = row(
        "NETRAVEN_RPC_TIMEOUT_SECONDS", number(0.1, 60), "4", "s", "longest wait for another service's answer"
    )
    amqp_uri: str = row(
        "AMQP_URI",
        address("amqp", "amqps", "pyamqp"),
        "",
        "",
        "RabbitMQ; empty: everything in one process",
        address=True,
    )
    mongodb_uri: str = row(
        "MONGODB_URI",
        address("mongodb"),
        "",
        "",
        "MongoDB; empty: a private mongod in the data folder",
        address=True,
    )
    ping_enabled: bool = row(
        "PING_ENABLED", SWITCH, "true", "", "whether devices are pinged in the background"
    )
    ping_interval_seconds: float = row(
        "PING_INTERVAL_SECONDS", number(0.2, 86_400), "60", "s", "each device is pinged once in this time"
    )
    ping_timeout_ms: int = row("PING_TIMEOUT_MS", whole(10, 60_000), "1000", "ms", "wait for one echo reply")
    ping_attempts: int = row(
        "PING_ATTEMPTS", whole(1, 10), "1", "", "echo requests that a silent device gets in its turn"
    )
    ping_misses_down: int = row(
        "PING_MISSES_DOWN", whole(1, 100), "3", "", "misses in a row that mean offline"
    )
    ping_answers_up: int = row("PING_ANSWERS_UP", whole(1, 100), "2", "", "answers in a row that mean online")
    ping_rate_per_second: int = row(
        "PING_RATE_PER_SECOND", whole(1, 1_000_000), "5000", "/s", "most echo requests sent in a second"
    )
    ping_sample_retention_days: int = row(
        "PING_SAMPLE_RETENTION_DAYS", whole(1, 3650), "30", "days", "how long latency samples are kept"
    )
    ping_locations: tuple[str, ...] = row(
        "PING_LOCATIONS", listing(TEXT), "", "", "this monitor pings only these locations; empty: all"
    )
    max_workers: int = row(
        "NETRAVEN_MAX_WORKERS", whole(10, 10_000), "100", "", "calls a service handles at once"
    )
    prefetch: int = row("NETRAVEN_PREFETCH", whole(1, 10_000), "50", "", "messages taken from a queue ahead")
    heartbeat_seconds: int = row(
        "NETRAVEN_HEARTBEAT_SECONDS", whole(2, 600), "10", "s", "heartbeat of connections to RabbitMQ"
    )
    start_timeout_seconds: float = row(
        "NETRAVEN_START_TIMEOUT_SECONDS",
        number(1, 600),
        "30",
        "s",
        "a service that takes longer to start is an error",
    )
    stop_timeout_seconds: float = row(
        "NETRAVEN_STOP_TIMEOUT_SECONDS", number(1, 600), "8", "s", "work in hand at a stop may take this long"
    )
    mongod: str = row(
        "NETRAVEN_MONGOD", TEXT, "", "", "program for the private database; empty: it is looked for"
    )
    mongod_cache_mb: int = row(
        "NETRAVEN_MONGOD_CACHE_MB",
        whole(256, 1_000_000),
        "256",
        "MB",
        "memory for the private database's cache",
    )
    auth_key_file: str = row(
        "NETRAVEN_AUTH_KEY_FILE",
        TEXT,
        "",
        "",
        "private Ed25519 key in PEM that signs access tokens; empty: one is made in the data folder",
    )
    secret_key: str = row(
        "NETRAVEN_SECRET_KEY",
        TEXT,
        "",
        "",
        "private key (JWK, EC P-256) that opens device secrets; only workers and `keys` need it",
        secret=True,
    )
    secret_key_file: str = row(
        "NETRAVEN_SECRET_KEY_FILE",
        TEXT,
        "",
        "",
        "file with that private key; empty: one is made in the data folder",
    )
    public_key_file: str = row(
        "NETRAVEN_PUBLIC_KEY_FILE",
        TEXT,
        "",
        "",
        "file with the public half, for services that only seal; empty: it follows from the private one",
    )
    session_days: int = row(
        "NETRAVEN_SESSION_DAYS", whole(1, 3650), "30", "days", "after a log-in one must log in again"
    )
    reset_admin: bool = row(
        "NETRAVEN_RESET_ADMIN", SWITCH, "false", "", "at start, give the user admin a new password"
    )
    import_limit: int = row(
        "NETRAVEN_IMPORT_LIMIT",
        whole(1024, 2**32),
        str(64 * 2**20),
        "bytes",
        "largest file of devices to import",
    )
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
    password_key_file: str = row(
        "NETRAVEN_PASSWORD_KEY_FILE",
        TEXT,
        "",
        "",
        "private key (JWK, EC P-256) that people's passwords are sealed for on the bus; empty: one is made",
    )

    @property
    def embedded(self) -> bool:
        """Whether all services share one process, because no broker is named."""
        return not self.amqp_uri


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(name=one.name, **one.metadata["row"]) for one in fields(Settings)
)

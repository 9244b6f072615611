"""The settings of the API, the monitor and the machinery beneath all services: the first rows of the one
table. Those of jobs stand in settings_jobs.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netraven_chassis.datafolder import default_data
from netraven_chassis.setting import row
from netraven_chassis.values import (
    FOLDER,
    NETWORK,
    ORIGIN,
    SWITCH,
    TEXT,
    Network,
    address,
    choice,
    listing,
    matching,
    number,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSettings:
    """Each row reads: variable, kind, default, unit, what it does."""

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
    stream_limit_per_user: int = row(
        "NETRAVEN_STREAM_LIMIT_PER_USER",
        whole(1, 100_000),
        "200",
        "",
        "of these, how many one user may have at one gateway",
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

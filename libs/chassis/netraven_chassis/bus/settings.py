"""What Nameko's configuration says about the bus, in one place. It reads nothing else and opens nothing.

AMQP_URI          the broker; without one the broker in memory
HEARTBEAT         seconds between heartbeats on a connection
PREFETCH_COUNT    requests that an instance holds unanswered; as many as it has workers when not set
START_DEADLINE    seconds that a start waits for the broker
"""

from __future__ import annotations

from nameko import config

from netraven_chassis.bus.connection import HEARTBEAT_SECONDS
from netraven_chassis.bus.link import START_DEADLINE_SECONDS


def amqp_uri() -> str:
    """The broker's address."""
    return str(config.get("AMQP_URI") or "embedded://")


def heartbeat() -> float:
    """Seconds between heartbeats on a connection."""
    return float(config.get("HEARTBEAT") or HEARTBEAT_SECONDS)


def prefetch(workers: int) -> int:
    """How many requests an instance with so many workers holds unanswered."""
    return int(config.get("PREFETCH_COUNT") or workers)


def start_deadline() -> float:
    """Seconds that a start waits for the broker."""
    return float(config.get("START_DEADLINE") or START_DEADLINE_SECONDS)

"""What a call to the monitor works with, in one hand. No behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netraven_monitor.engine import Engine
from netraven_monitor.samples import Samples
from netraven_monitor.sweep import Plan


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The engine and how to ask with it, the samples, and `state`: {"ping_enabled": bool, "reason": str or
    None}.
    """

    engine: Engine
    plan: Plan
    samples: Samples
    state: Callable[[], dict[str, Any]]

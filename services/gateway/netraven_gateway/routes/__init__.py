"""The route table: everything that can be asked for, who may ask, what goes in and what comes out.

The router, the checks, the API's description and the index are all made from these rows; each subject's rows
have a page of their own.
"""

from __future__ import annotations

from dataclasses import replace

from netraven_gateway import docs, metrics
from netraven_gateway.route import ANYONE, VIEWER, Route
from netraven_gateway.routes import (
    backups,
    credentials,
    devices,
    events,
    fleet,
    jobs,
    logs,
    parked,
    schedules,
    sessions,
    system,
    tags,
    users,
    webhooks,
)

BASE = "/api"

# The order in which the description shows them.
_SUBJECTS = (
    devices,
    fleet,
    tags,
    credentials,
    jobs,
    schedules,
    logs,
    backups,
    webhooks,
    events,
    sessions,
    users,
    system,
    parked,
)

ROUTES: tuple[Route, ...] = (
    *(replace(row, path=f"{BASE}{row.path}") for subject in _SUBJECTS for row in subject.ROWS),
    Route("GET", "/metrics", VIEWER, metrics.show, "system", "Show the figures to Prometheus", hidden=True),
    Route("GET", "/", ANYONE, docs.home, "system", "Go to the documentation", hidden=True),
)

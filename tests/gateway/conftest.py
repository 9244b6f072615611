"""A small gateway in haste, and a raw client of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from netraven_gateway.server import GatewayServer
from tests.gateway.small import EVENTS, HASTE, Raw, running


@pytest.fixture
def server(settings_for: Callable[..., Any]) -> Iterator[GatewayServer]:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_BODY_LIMIT="100000")
    EVENTS.clear()
    with running() as one:
        one.patience = HASTE
        yield one


@pytest.fixture
def client(server: GatewayServer) -> Iterator[Raw]:
    raw = Raw(server.port)
    yield raw
    raw.close()

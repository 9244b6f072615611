"""A small gateway, and a raw client of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from netraven_gateway.server import GatewayServer
from tests.gateway.small import Raw, running


@pytest.fixture
def server(settings_for: Callable[..., Any]) -> Iterator[GatewayServer]:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_BODY_LIMIT="100000")
    with running() as one:
        yield one


@pytest.fixture
def client(server: GatewayServer) -> Iterator[Raw]:
    raw = Raw(server.port)
    yield raw
    raw.close()

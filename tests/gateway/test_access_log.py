"""The line for each request."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from netraven_chassis import logs
from netraven_gateway.access_log import AccessLog
from netraven_gateway.answers import Answer


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize(
    ("trusted", "address"), [("", "10.0.0.9"), ("10.0.0.0/8", "203.0.113.7"), ("192.0.2.1", "10.0.0.9")]
)
def test_behind_a_trusted_proxy_the_line_names_the_client(
    settings_for: Callable[..., Any], trusted: str, address: str
) -> None:
    lines = StringIO()
    logs.configure(settings_for(NETRAVEN_LOG_FORMAT="json", NETRAVEN_TRUSTED_PROXIES=trusted), lines)
    write = AccessLog()
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/health",
        "REMOTE_ADDR": "10.0.0.9",
        "HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.7",
    }
    write(environ, Answer(200), None, "r1", 0.001)
    write.flush()
    line = json.loads(lines.getvalue())
    assert (line["address"], line["path"], line["status"]) == (address, "/api/health", 200)

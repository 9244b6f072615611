"""Who asks where nobody logs in: this machine itself, and no page that was led to its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.small import Raw
from tests.gateway.small_auth import SmallGateway, port_of
from tests.servers.services import connected, memory, running


@pytest.fixture(autouse=True)
def in_memory() -> Iterator[None]:
    with connected(memory()):
        yield


def test_without_log_in_the_machine_itself_is_served_and_no_page_led_there(
    settings_for: Callable[..., Any],
) -> None:
    settings_for(NETRAVEN_PORT="0", NETRAVEN_AUTH="none", NETRAVEN_STOP_TIMEOUT_SECONDS="3")
    with running(SmallGateway) as (gateway,):
        port = port_of(gateway)
        for host, status in (
            ("localhost", 200),
            ("127.0.0.1:80", 200),
            ("[::1]:80", 200),
            ("evil.example", 403),
        ):
            client = Raw(port).send(f"DELETE /all HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert client.answer()[0] == status
            client.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 200),
        ("Origin: http://localhost:8080", 200),
        ("Origin: http://LOCALHOST:8080\r\nSec-Fetch-Site: same-origin", 200),
        ("Origin: https://ops.example\r\nSec-Fetch-Site: cross-site", 200),
        ("Origin: https://evil.example", 403),
        ("Origin: http://localhost:3000\r\nSec-Fetch-Site: same-site", 403),
        ("Origin: null", 403),
        ("Origin: ", 403),
        ("Sec-Fetch-Site: cross-site", 403),
    ],
)
def test_without_log_in_no_page_of_another_origin_changes_anything(
    settings_for: Callable[..., Any], headers: str, status: int
) -> None:
    settings_for(
        NETRAVEN_PORT="0",
        NETRAVEN_AUTH="none",
        NETRAVEN_STOP_TIMEOUT_SECONDS="3",
        NETRAVEN_CORS_ORIGINS="*,https://ops.example",
    )
    more = f"{headers}\r\n" if headers else ""
    with running(SmallGateway) as (gateway,):
        for line, expected in (("POST /change", status), ("DELETE /all", status), ("GET /who", 200)):
            client = Raw(port_of(gateway)).send(f"{line} HTTP/1.1\r\nHost: localhost:8080\r\n{more}\r\n")
            assert client.answer(bodyless=expected == 204)[0] == expected
            client.close()

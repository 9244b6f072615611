"""Which system the lab is registered in when nobody names one."""

from __future__ import annotations

import pytest

from lab.registering import server


@pytest.mark.parametrize(
    ("url", "port", "meant"),
    [
        ("", "", "http://127.0.0.1:8080"),
        ("", "9000", "http://127.0.0.1:9000"),
        ("https://raven.example.org", "9000", "https://raven.example.org"),
    ],
)
def test_the_lab_talks_to_the_system_that_the_command_talks_to(
    monkeypatch: pytest.MonkeyPatch, url: str, port: str, meant: str
) -> None:
    monkeypatch.setenv("NETRAVEN_URL", url)
    monkeypatch.setenv("NETRAVEN_PORT", port)
    assert server() == meant

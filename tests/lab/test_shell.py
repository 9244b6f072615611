"""A device's command line: pages, the privileged mode, what it knows and what not."""

from __future__ import annotations

import pytest

from lab.dialects import DIALECTS
from lab.shell import SCREEN, Shell

CONFIGURATION = "".join(f"line {number}\n" for number in range(100))


def _shell(platform: str = "cisco_ios") -> Shell:
    return Shell(platform, DIALECTS[platform], "r1", "netops", "s3cret", lambda: CONFIGURATION)


def test_the_configuration_needs_the_privileged_mode() -> None:
    shell = _shell()
    assert shell.prompt() == "r1>"
    assert "Invalid" in shell.type("show running-config")
    shell.type("enable")
    assert (shell.prompt(), shell.secret) == ("Password: ", True)
    assert "denied" in shell.type("wrong")
    shell.type("enable")
    shell.type("s3cret")
    assert shell.prompt() == "r1#"
    assert shell.type("show running-config") == CONFIGURATION.rstrip()


def test_it_shows_pages_until_it_is_told_not_to() -> None:
    shell = _shell()
    pages = list(shell.pages(CONFIGURATION))
    assert len(pages) == 5
    assert pages[0].count("\n") == SCREEN - 1
    shell.type("terminal length 0")
    assert list(shell.pages(CONFIGURATION)) == [CONFIGURATION]


def test_it_says_what_it_is_and_no_more() -> None:
    shell = _shell()
    assert "r1 uptime is" in shell.type("show version")
    assert "LAB" in shell.type("show version")
    assert "Invalid" in shell.type("make me a sandwich")
    assert shell.over("exit")


@pytest.mark.parametrize("platform", DIALECTS)
def test_each_platform_shows_its_configuration(platform: str) -> None:
    shell = _shell(platform)
    shell.raised = bool(shell.dialect.privileged)
    assert shell.type(DIALECTS[platform].shows[0]) == CONFIGURATION.rstrip()
    assert "r1" in shell.prompt()

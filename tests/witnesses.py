"""What the private servers of a test said when it fails: their last warnings stand in its report. A plugin of
pytest, without fixtures.

Their folders go with them, and a failure on a machine that nobody can look at again has no other witness.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.servers.server import Server

_LINES = 3  # of each server: a report that is cut somewhere must still show all of them
_WIDTH = 250  # characters of a line


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the servers that run just now have complained of last."""
    report = yield
    if report.failed:
        told = ((f"{server.name} said", _said(server)) for server in Server.alive)
        # Before what was captured, which may be long.
        report.sections[:0] = [(name, said) for name, said in told if said]
    return report


def _said(server: Server) -> str:
    lines = [line[:_WIDTH] for line in server.complaints()[-_LINES:]]
    return "\n".join(lines if server.running() else [*lines, "and is not running"])

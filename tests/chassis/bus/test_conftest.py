"""The list of tests that have no twin in memory names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.chassis.bus.conftest import BROKER_ONLY


def test_every_test_that_needs_a_broker_of_its_own_kind_is_there():
    written = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert set(re.findall(r"^def (test_\w+)\(", written, re.MULTILINE)) >= BROKER_ONLY.keys()

"""Whether a service is well, as a container's health check asks it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from netraven_chassis import health


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_service_is_well_for_a_while_after_it_said_so() -> None:
    assert not health.is_well("devices")
    health.touch("devices")
    assert health.is_well("devices") and not health.is_well("monitor")
    long_ago = time.time() - health.OLD_SECONDS - 1
    os.utime(health.runtime_folder() / "devices.well", (long_ago, long_ago))
    assert not health.is_well("devices")


def test_what_it_says_lies_where_nobody_else_can_say_it() -> None:
    assert health.runtime_folder().stat().st_mode & 0o777 == 0o700


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / f"netraven-{os.getuid()}"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(PermissionError, match="somebody else"):
        health.touch("devices")

"""One system for one data folder, and nobody else reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netraven_chassis.datafolder import DataFolder, InUse, make_private

HOLD = """
import sys, time
from pathlib import Path
from netraven_chassis.datafolder import DataFolder
folder = DataFolder(Path(sys.argv[1])).lock()
print("locked", flush=True)
time.sleep(60)
"""


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "a" / "data") as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
    assert make_private(tmp_path / "b").stat().st_mode & 0o777 == 0o700


def test_a_second_system_is_told_who_uses_the_folder_and_what_to_do(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(InUse) as caught:
        DataFolder(tmp_path).lock()
    assert f"process {os.getpid()}" in str(caught.value)
    assert "NETRAVEN_DATA" in str(caught.value)
    with DataFolder(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_killed_system_leaves_no_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"locked\n"
    with pytest.raises(InUse, match=str(holder.pid)):
        DataFolder(tmp_path).lock()
    holder.kill()
    holder.communicate()
    with DataFolder(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())

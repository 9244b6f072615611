"""A small run of tests inside a test, in a process of its own, to see what a plugin of ours does there. What
it should do is not known here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT


def run(folder: Path, plugin: str, tests: str) -> str:
    """What pytest prints of `tests`, the text of a module; `plugin`, an import, is its whole conftest.py."""
    (folder / "conftest.py").write_text(f"{plugin}\n")
    (folder / "test_inner.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", str(ROOT / "pyproject.toml"), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout

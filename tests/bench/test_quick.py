"""The bench itself: the quick run of its shorter subjects ends, with a figure in every cell."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.report import RESULTS

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 600
# The others start whole systems, or want the machine for themselves; what they measure has its own tests.
SUBJECTS = ("store", "diffs")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    before = RESULTS.read_bytes() if RESULTS.exists() else b""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", *SUBJECTS],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (RESULTS.read_bytes() if RESULTS.exists() else b"") == before
    yield done.stdout


def rows_of(text: str, title: str) -> list[list[str]]:
    """The cells of the table under a title, without its head."""
    (section,) = [part for part in f"\n{text}".split("\n## ")[1:] if part.startswith(title)]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[2:]


@pytest.mark.slow
@pytest.mark.timeout(LIMIT_SECONDS + 20)
def test_the_store_is_measured_beside_its_peers(quick: str) -> None:
    rows = rows_of(quick, "Store")
    assert {row[0] for row in rows} >= {"append, 1 writer", "append, 50 writers", "relay", "rebuild"}
    assert [row for row in rows if not re.fullmatch(r"[\d.]+ x", row[4])] == []

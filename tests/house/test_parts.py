"""The parts of the suite that `make test` runs side by side: every test is in just one of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_folder_of_tests_is_run_once() -> None:
    rows = re.findall(r"^TESTS_\w+ := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    run = [folder for row in rows for folder in row.split()]
    folders = {path.relative_to(ROOT).parts[1] for path in (ROOT / "tests").glob("*/**/test_*.py")}
    assert sorted(run) == sorted(f"tests/{folder}" for folder in folders)

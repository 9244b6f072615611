"""Which files are the project's own, and what each member says of itself. No check stands here."""

from __future__ import annotations

import ast
import functools
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MEMBER_FOLDERS = (
    "libs/contracts",
    "libs/chassis",
    "services/devices",
    "services/monitor",
    "services/jobs",
    "services/auth",
    "services/gateway",
    "cli",
)
LEFTOVERS = {
    ".git", ".venv", ".data", ".cache", "__pycache__", "build", "dist", "htmlcov",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache",
}  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One distribution of the house: its folder and its pyproject table."""

    folder: Path
    table: dict[str, Any]

    @property
    def dist(self) -> str:
        """The distribution's name, `netraven-devices`."""
        return str(self.table["project"]["name"])

    @property
    def package(self) -> str:
        """The import package's name, `netraven_devices`."""
        return self.dist.replace("-", "_")

    @property
    def dependencies(self) -> list[str]:
        """Its requirement lines, as written."""
        return list(self.table["project"]["dependencies"])

    def modules(self) -> list[Path]:
        """Every Python file that it ships."""
        return sorted((self.folder / self.package).rglob("*.py"))


def members() -> list[Member]:
    """All members, lowest layer first."""
    folders = [ROOT / name for name in MEMBER_FOLDERS]
    return [Member(f, tomllib.loads((f / "pyproject.toml").read_text())) for f in folders]


@functools.cache
def own_files() -> tuple[Path, ...]:
    """Every file of the tree but what tools leave behind."""
    found = []
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [s for s in subfolders if s not in LEFTOVERS and not s.endswith(".egg-info")]
        found += [Path(folder, name) for name in names if not name.startswith(".coverage")]
    return tuple(sorted(found))


def python_files() -> list[Path]:
    """Our Python files, tests and benchmarks included."""
    return [path for path in own_files() if path.suffix == ".py"]


def text_files() -> list[tuple[Path, str]]:
    """Our files that are text, with their text."""
    texts = []
    for path in own_files():
        try:
            texts.append((path, path.read_text()))
        except UnicodeDecodeError:
            continue
    return texts


def short(path: Path) -> str:
    """The path as a person writes it: from the root of the tree."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(), filename=short(path))

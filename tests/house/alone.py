"""A fresh environment with one member as it is shipped and what it asks for, and nothing else.

Wheels are built and installed as in the images. What they ask of others is linked out of this environment,
where it is installed and compiled already: the pins make it the same as what an image gets.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = "netraven-"
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def wheel(source: Path, into: Path) -> Path:
    """The wheel of a member. `source` must be a copy: building leaves folders behind."""
    subprocess.run(
        [sys.executable, "-c", _BUILD, into], cwd=source, check=True, capture_output=True, timeout=120
    )
    (built,) = into.glob(f"{source_name(source)}-*.whl")
    return built


def source_name(source: Path) -> str:
    """How the wheel of a member's folder begins: libs/chassis makes netraven_chassis-0.1.0-….whl."""
    return f"{OURS}{source.name}".replace("-", "_")


def asked_for(requirements: Iterable[str]) -> set[str]:
    """Every distribution that these lines ask for, and what those ask for, by its canonical name."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        one = waiting.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key not in seen:
            seen.add(key)
            waiting += _asked_by(*key)
    return {name for name, _ in seen}


@cache
def _asked_by(name: str, extras: frozenset[str]) -> list[Requirement]:
    lines = [Requirement(line) for line in distribution(name).requires or ()]
    wanted = ("", *extras)
    return [one for one in lines if not one.marker or any(one.marker.evaluate({"extra": x}) for x in wanted)]


def environment(folder: Path, names: Iterable[str], wheels: dict[str, Path]) -> Path:
    """Make a fresh environment of these distributions, ours installed and others linked; the folder of its
    packages.
    """
    _uv("venv", "--python", sys.executable, folder)
    ours = [wheels[name] for name in names if name in wheels]
    _uv("pip", "install", "--offline", "--no-deps", "--python", folder / "bin" / "python", *ours)
    (packages,) = folder.glob("lib/python3*/site-packages")
    for name in set(names) - set(wheels):
        for top, place in _parts(name):
            if not (packages / top).exists():
                (packages / top).symlink_to(place)
    return packages


def _uv(*arguments: str | Path) -> None:
    program = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    subprocess.run([program, "--quiet", *map(str, arguments)], check=True, capture_output=True, timeout=120)


@cache
def _parts(name: str) -> list[tuple[str, Path]]:
    """What a distribution has put beside others, and where that is; not what lies elsewhere (commands)."""
    dist = distribution(name)
    tops = {file.parts[0] for file in dist.files or ()} - {"..", "__pycache__"}
    return [(top, Path(str(dist.locate_file(top)))) for top in sorted(tops)]

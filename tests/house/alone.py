"""A folder with one member as it is shipped and what it asks for, and nothing else that is installed here.

Wheels are built as the images build them. What the wheels of others need is linked out of this environment,
where it is installed and compiled already: the pins make it the same as what an image gets.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
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


def install(folder: Path, names: Iterable[str], wheels: dict[str, Path]) -> None:
    """Make `folder` hold these distributions: ours out of their wheels, others as links to what is here."""
    folder.mkdir(parents=True)
    for name in names:
        if name in wheels:
            with zipfile.ZipFile(wheels[name]) as packed:
                packed.extractall(folder)
            continue
        for top, place in _parts(name):
            if not (folder / top).exists():
                (folder / top).symlink_to(place)


@cache
def _parts(name: str) -> list[tuple[str, Path]]:
    """What a distribution has put beside others, and where that is; not what lies elsewhere (commands)."""
    dist = distribution(name)
    tops = {file.parts[0] for file in dist.files or ()} - {"..", "__pycache__"}
    return [(top, Path(str(dist.locate_file(top)))) for top in sorted(tops)]

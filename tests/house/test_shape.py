"""Files and functions stay small, and every room says what it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, members, python_files, short, text_files, tree_of

FILE_CAP = 300
FUNCTION_CAP = 50
PYTHON = python_files()
SHIPPED = [path for member in members() for path in member.modules()]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Named = ast.ClassDef | Function


def functions(path: Path) -> Iterator[Function]:
    """Every function of the file, methods and inner ones included."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def offered(path: Path) -> list[Named]:
    """What others may use: classes, functions and methods without a leading underscore."""
    tops = [n for n in tree_of(path).body if isinstance(n, Named) and not n.name.startswith("_")]
    bodies = [n for top in tops if isinstance(top, ast.ClassDef) for n in top.body]
    return tops + [n for n in bodies if isinstance(n, Function) and not n.name.startswith("_")]


def test_no_file_is_longer_than_its_cap() -> None:
    lengths = {short(path): len(path.read_text().splitlines()) for path in PYTHON}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_CAP} == {}


def test_no_function_is_longer_than_its_cap() -> None:
    lengths = {
        f"{short(path)}:{f.name}": (f.end_lineno or 0) - f.lineno + 1
        for path in PYTHON
        for f in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_CAP} == {}


def test_every_module_opens_by_saying_what_it_is() -> None:
    assert [short(path) for path in PYTHON if not ast.get_docstring(tree_of(path))] == []


def test_what_a_member_offers_says_what_it_does() -> None:
    silent = [f"{short(p)}:{n.name}" for p in SHIPPED for n in offered(p) if not ast.get_docstring(n)]
    assert silent == []


def test_no_module_is_a_drawer_for_whatever_is_left() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "misc", "base"}
    assert [short(path) for path in SHIPPED if path.stem in drawers] == []


def test_no_error_is_swallowed_in_silence() -> None:
    handlers = [(p, n) for p in SHIPPED for n in ast.walk(tree_of(p)) if isinstance(n, ast.ExceptHandler)]
    mute = [f"{short(path)}:{handler.lineno}" for path, handler in handlers if _is_mute(handler)]
    assert mute == []


def _is_mute(handler: ast.ExceptHandler) -> bool:
    broad = handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}
    return broad and (handler.type is None or all(isinstance(node, ast.Pass) for node in handler.body))


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [short(path) for path in SHIPPED if later.search(path.read_text())] == []


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    packages = r"py(pi|thonhosted)\.org|npm(js)?\.(org|com)|deb\.deb\w+\.org"
    images = r"(docker|ghcr|quay)\.io/|registry\.\w+\.\w+"
    paths = r"/home/\w+/|/root/\w|/Users/\w+/"
    named = re.compile(f"{packages}|{images}|{paths}")
    assert [short(p) for p, text in text_files() if p != Path(__file__) and named.search(text)] == []


def test_tests_mirror_the_members() -> None:
    """A folder of tests belongs to a member, or is one of the few that look at the whole."""
    whole = {"house", "lab", "system", "servers", "faults", "bench", "__pycache__"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert folders - whole <= {member.folder.name for member in members()}

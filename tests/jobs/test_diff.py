"""Unified diffs: as the patch program reads them, with the right counts, in time linear in the texts."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netraven_jobs import diff


def test_a_diff_has_its_names_its_counts_and_the_lines_around() -> None:
    old = "".join(f"line {n}\n" for n in range(20))
    found = diff.compare(old, old.replace("line 9\n", "line nine\nline nine and a half\n"), "a", "b")
    assert (found.added, found.removed, found.hunks) == (2, 1, 1)
    assert found.text.startswith("--- a\n+++ b\n@@ -7,7 +7,8 @@")


def test_what_is_the_same_has_no_diff() -> None:
    assert diff.compare("a\nb\n", "a\nb\n") == diff.Difference("", 0, 0, 0)
    assert diff.compare("", "") == diff.Difference("", 0, 0, 0)


@pytest.mark.parametrize("context", [0, 1, 10])
def test_as_many_lines_around_as_are_wanted(context: int) -> None:
    old = "".join(f"{n}\n" for n in range(100))
    found = diff.compare(old, old.replace("50\n", "fifty\n"), context=context)
    assert sum(line.startswith(" ") for line in found.text.splitlines()) == 2 * context


def test_a_nul_and_an_odd_character_make_no_binary_of_a_text() -> None:
    found = diff.compare("a\0b\nü\n", "a\0b\nö\n")
    assert "-ü" in found.text and "+ö" in found.text


LINE = st.sampled_from(["vlan 1", "vlan 2", "", " exit", "!", "ü"])
TEXT = st.tuples(st.lists(LINE, max_size=12), st.booleans()).map(
    lambda drawn: "\n".join(drawn[0]) + ("\n" if drawn[1] and drawn[0] else "")
)


@settings(max_examples=40, deadline=None, database=None)
@given(old=TEXT, new=TEXT)
def test_git_makes_the_new_text_of_the_old_one_with_it(
    old: str, new: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = diff.compare(old, new, "a/text", "b/text")
    assert bool(found.hunks) == (old != new)
    if not old or not new or old == new:
        return
    folder: Path = tmp_path_factory.mktemp("patched")
    (folder / "text").write_text(old)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=found.text.encode(), check=True, timeout=120)
    assert (folder / "text").read_text() == new


def test_large_texts_are_compared_to_the_end() -> None:
    old = [f" ip route 10.{n >> 8}.{n & 255}.0 255.255.255.0 192.0.2.1" for n in range(50_000)]
    new = [f"{line} name changed" if n % 100 == 0 else line for n, line in enumerate(old)]
    for _ in range(3):
        found = diff.compare("\n".join(old), "\n".join(new))
        assert (found.added, found.removed, found.hunks) == (500, 500, 500)
        assert found.text.count("\n+ ip route") == 500


def test_twice_the_text_takes_about_twice_the_time() -> None:
    def taken(lines: int) -> float:
        draw = random.Random(3)
        old = [f" description port {n} {draw.random()}" for n in range(lines)]
        new = [f"{line} x" if n % 100 == 0 else line for n, line in enumerate(old)]
        texts = "\n".join(old), "\n".join(new)
        times = []
        for _ in range(3):
            began = time.process_time()
            diff.compare(*texts)
            times.append(time.process_time() - began)
        return min(times)

    assert taken(40_000) < 8 * taken(10_000)

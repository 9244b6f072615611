"""What differs between two texts: a unified diff with counts, by libgit2, in time linear on real
configurations. Pure; where it is made so that nobody waits stands in scribe.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pygit2
from pygit2.enums import DiffOption

CONTEXT = 3  # lines around a change, as everybody's diff has them


@dataclass(frozen=True, slots=True)
class Difference:
    """A unified diff (empty when nothing differs), and how many lines were added and removed in how many
    places.
    """

    text: str
    added: int
    removed: int
    hunks: int


def compare(
    old: str, new: str, old_name: str = "before", new_name: str = "after", context: int = CONTEXT
) -> Difference:
    """What makes `new` of `old`. The names stand in the diff's head; they must be of one line."""
    # The patch points into these octets and keeps nothing of its own: they must outlive it.
    before, after = old.encode("utf-8", "replace"), new.encode("utf-8", "replace")
    # A stray NUL from a terminal does not make a configuration a binary.
    patch = pygit2.Patch.create_from(before, after, flag=DiffOption.FORCE_TEXT, context_lines=context)
    found = _told(patch, f"--- {old_name}\n+++ {new_name}\n")
    del patch, before, after
    return found


def _told(patch: Any, head: str) -> Difference:
    body = (patch.data or b"").decode("utf-8", "replace")
    start = body.find("\n@@ -") + 1  # libgit2 puts a head of its own before the first hunk
    if start == 0:
        return Difference("", 0, 0, 0)
    _, added, removed = patch.line_stats
    return Difference(head + body[start:], added, removed, body.count("\n@@ -"))

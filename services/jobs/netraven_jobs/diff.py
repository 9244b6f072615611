"""What differs between two texts: a unified diff with counts, by libgit2, in time linear on real
configurations. Pure; where it is made so that nobody waits stands in scribe.py.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    # A stray NUL from a terminal does not make a configuration a binary.
    patch = pygit2.Patch.create_from(
        old.encode("utf-8", "replace"),
        new.encode("utf-8", "replace"),
        flag=DiffOption.FORCE_TEXT,
        context_lines=context,
    )
    body = (patch.data or b"").decode("utf-8", "replace")
    start = 0 if body.startswith("@@") else body.find("\n@@") + 1
    if not body or not patch.hunks:
        return Difference("", 0, 0, 0)
    _, added, removed = patch.line_stats
    text = f"--- {old_name}\n+++ {new_name}\n{body[start:]}"
    return Difference(text, added, removed, len(patch.hunks))

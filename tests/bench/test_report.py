"""The results: each subject's part is written anew on its own, and the others stay as they are."""

from __future__ import annotations

from bench.report import Table, part, parts_of, whole

FACTS = {"processor": "two of them"}


def test_parts_come_back_out_of_the_whole_as_they_went_in() -> None:
    table = Table("Sweep", "How fast.", ("what", "x"), [["ours", "1"]], ("a note",))
    parts = {name: part(name, [table], "nothing else ran") for name in ("api", "sweep")}
    text = whole(parts, FACTS)
    assert {name: found.strip() for name, found in parts_of(text).items()} == {
        name: made.strip() for name, made in parts.items()
    }
    assert whole(parts_of(text), FACTS) == text
    assert (
        "| processor | two of them |" in text and "Made by `python -m bench sweep`; nothing else ran." in text
    )


def test_a_page_without_parts_has_none() -> None:
    assert parts_of("# Figures\n") == {}

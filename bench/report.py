"""The tables of bench/RESULTS.md. What the figures mean is said by whoever measured them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
_MARK = "<!-- {} -->"
_MARKED = re.compile(r"^<!-- (\w+) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `intro` says what was measured and how, `notes` what must be known to read it."""

    title: str
    intro: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def lines(self) -> list[str]:
        """As Markdown."""
        head = [f"## {self.title}", "", self.intro, "", _row(self.columns), _row(["---"] * len(self.columns))]
        return [*head, *(_row(row) for row in self.rows), "", *(f"- {note}" for note in self.notes), ""]


def document(tables: Sequence[Table]) -> str:
    """The tables as Markdown, one below the other."""
    return "\n".join(line for table in tables for line in table.lines()).rstrip() + "\n"


def part(name: str, tables: Sequence[Table], load: str) -> str:
    """What a run of one subject adds to the results; `load`, how busy the machine was with other things."""
    made = f"Made by `python -m bench {name}`; {load}."
    return f"{_MARK.format(name)}\n\n{made}\n\n{document(tables)}"


def whole(parts: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """All parts, in their order, with the machine's facts above them."""
    told = [f"| {name} | {value} |" for name, value in facts.items()]
    head = [
        "# Figures",
        "",
        "Made by `make bench`, or part by part as each says. Every ratio stands between two figures of the",
        "same run: the contestants were measured in turn, several times each, and the medians are shown.",
        "",
        "| machine | |",
        "|---|---|",
        *told,
    ]
    return "\n\n".join(["\n".join(head), *(text.strip() for text in parts.values())]) + "\n"


def parts_of(text: str) -> dict[str, str]:
    """{subject: its part} of results as `whole` writes them."""
    names = _MARKED.findall(text)
    return dict(zip(names, (_MARK.format(name) + rest for name, rest in _split(text, names)), strict=True))


def _split(text: str, names: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(names, _MARKED.split(text)[2::2], strict=True))


def number(value: float) -> str:
    """A figure as people read it: three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(ours: float, peer: float) -> str:
    """Ours beside the peer's: 0.84 x."""
    return f"{ours / peer:.2f} x" if peer else "-"


def against(ours: float, peer: float, target: float) -> str:
    """The ratio, with the target that it has to reach and whether it does."""
    reached = "reached" if peer and ours / peer >= target else "missed"
    return f"{ratio(ours, peer)} (≥ {target:g}: {reached})"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"

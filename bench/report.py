"""The tables of bench/RESULTS.md. What the figures mean is said by whoever measured them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


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


def document(tables: Sequence[Table], facts: Mapping[str, str], command: str) -> str:
    """All of it, with the machine's facts and the command that makes it again."""
    told = [f"| {name} | {value} |" for name, value in facts.items()]
    head = [
        "# Figures",
        "",
        f"Made by `{command}`. Every ratio stands between two figures of the same run: the contestants were",
        "measured in turn, several times each, and the medians are shown.",
        "",
        "| machine | |",
        "|---|---|",
        *told,
        "",
    ]
    body = [line for table in tables for line in table.lines()]
    return "\n".join([*head, *body]).rstrip() + "\n"


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

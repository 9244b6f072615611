"""The words of a command line as values: with and without typer's help they are the same."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from netraven_cli.late import LateCommand

GIVEN: list[dict[str, Any]] = []
Page = Annotated[int, typer.Option(min=1, max=50)]


def take(
    named: Annotated[list[str] | None, typer.Argument()] = None,
    page: Page = 1,
    interval: Annotated[float, typer.Option()] = 2.0,
    tag: Annotated[list[str] | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    """Takes what there is."""
    GIVEN.append(locals())


def taken(command: Any, words: list[str]) -> tuple[int, str, Any]:
    """How the command ended, what it complained of, what it was called with."""
    app = typer.Typer(add_completion=False)
    app.command("take", cls=command)(take)
    GIVEN.clear()
    done = CliRunner().invoke(app, words, env={"TERM": "dumb"})
    return done.exit_code, done.stderr, list(GIVEN)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a", "b", "--yes"],
        ["--page", "7", "--tag", "x", "--tag", "y", "--interval", "3"],
        ["--page", "50", "--interval", "0.5", "--port", "0"],
        ["--page", "+5", "--port", "-1"],
        ["--page", "0007", "--port", "99999999999"],
        ["--page", "0"],
        ["--page", "51"],
        ["--page", "seven"],
        ["--page", "\N{ARABIC-INDIC DIGIT SEVEN}"],
        ["--page", ""],
        ["--port", "1_000"],
        ["--port", "1.0"],
        ["--interval", "soon"],
        ["--nosuch"],
    ],
    ids=" ".join,
)
def test_a_word_means_what_it_means_to_typer(words: list[str]) -> None:
    assert taken(LateCommand, words) == taken(None, words)

"""Exit statuses: every error code of the API has one, and the help tells all of them."""

from __future__ import annotations

from importlib.metadata import version

from typer.testing import CliRunner

from netraven_cli.commands import COMMANDS, assemble
from netraven_cli.exits import MEANINGS, Exit, exit_of
from netraven_contracts.errors import BY_CODE, Conflict, Internal


def test_refusals_are_told_apart_and_faults_are_failures() -> None:
    assert exit_of("NOT_FOUND") is Exit.NOT_FOUND
    assert exit_of("SERVICE_UNAVAILABLE") is exit_of("RATE_LIMITED") is Exit.UNAVAILABLE
    for code, error in BY_CODE.items():
        if issubclass(error, Conflict):
            assert exit_of(code) is Exit.CONFLICT
        if issubclass(error, Internal):
            assert exit_of(code) is Exit.FAILED


def test_its_version_is_that_of_what_is_installed() -> None:
    done = CliRunner().invoke(assemble(), ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"netraven {version('netraven-cli')}\n")


def test_every_command_can_be_had_alone_as_the_command_line_does_it() -> None:
    for name in COMMANDS:
        done = CliRunner().invoke(assemble(), [name, "--help"], env={"TERM": "dumb"})
        assert done.exit_code == 0 and f"netraven {name}" in done.stdout, done.output


def test_the_help_tells_every_exit_status() -> None:
    shown = " ".join(
        CliRunner().invoke(assemble(), ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout.split()
    )
    for status, meaning in MEANINGS.items():
        assert f"{int(status)} {meaning}" in shown

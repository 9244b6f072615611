"""`netraven devices import`: devices from a file, some at a time, each row told about by its number."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from netraven_cli import interrupts, options, render, rows
from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api

Json = dict[str, Any]
_SHOWN_ERRORS = 50
_AT_ONCE = 100  # rows of one request: its answer comes within a second or two


@dataclass(slots=True)
class Report:
    """What became of the rows, in the form of the API's bulk answers."""

    created: int = 0
    duplicates: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)

    def so_far(self, rows: int, dry_run: bool) -> str:
        """What was done of so many rows when it ends before the last one."""
        there = len(self.duplicates)
        if dry_run:
            return f"Nothing was added; of {rows} rows {self.created} would be, {there} are there already."
        told = f"Of {rows} rows {self.created} were added, {there} were there already"
        return f"{told}; run it again to go on."

    def refused(self, number: int, reason: str) -> None:
        """A row that cannot be read."""
        self.errors.append({"row": number, "field": "row", "message": reason})

    def there(self, number: int, message: str) -> None:
        """A row whose address another one has."""
        self.duplicates.append({"row": number, "field": "ip_address", "message": message})

    def add(self, sent: Sequence[rows.Row], told: Json) -> None:
        """The answer for these rows, which the server numbered from 1."""
        self.created += told["counts"]["created"]
        for mine, theirs in ((self.duplicates, told["duplicates"]), (self.errors, told["errors"])):
            mine += [{**one, "row": sent[one["row"] - 1].number} for one in theirs]


def import_devices(
    url: options.Url,
    file: Annotated[Path, typer.Argument(help="A .csv or .json file.", exists=True, dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would become of each row.")
    ] = False,
    create_missing_tags: Annotated[
        bool, typer.Option("--create-missing-tags", help="Create the tags that are not there yet.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="Write what is wrong into this CSV file.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Add the devices of a file. Rows whose address is there already are left alone, wrong ones are told.

    A CSV file names its columns in the first line: name, ip_address, device_type, location and, as wanted,
    platform, port, serial, model, os_version, tags (with ; between them), notes. A JSON file holds a list of
    objects with these fields. Running it again after an interruption is harmless. Exit status 1 when a row
    was refused.

    [dim]netraven devices import --dry-run fleet.csv
    netraven devices import --create-missing-tags --errors wrong.csv fleet.csv[/dim]
    """
    found = rows.read(file)
    params = {"dry_run": str(dry_run).lower(), "create_missing_tags": str(create_missing_tags).lower()}
    report = send(options.api(url), found, params)
    report.errors.sort(key=lambda one: one["row"])
    if errors is not None:
        _write(errors, report)
    if json:
        render.as_json(asdict(report))
    else:
        _print(report, dry_run)
    if report.errors:
        raise typer.Exit(Exit.FAILED)


def send(server: Api, found: Sequence[rows.Row], params: dict[str, str]) -> Report:
    """Send the rows. Stop when the server cannot be reached or lets us in no more."""
    report, run = Report(), uuid.uuid4()
    progress = Progress(
        TextColumn("Importing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=render.err,
        transient=True,
        disable=not render.err.is_terminal,
    )

    dry_run = params.get("dry_run") == "true"
    with interrupts.telling(lambda: report.so_far(len(found), dry_run)), progress:
        task = progress.add_task("", total=len(found))
        for batch in _batches(found, report):
            body = [row.fields for row in batch]
            try:
                key = f"{run}-{batch[0].number}"
                report.add(batch, server.call("POST", "/devices/bulk", body, params, key)["data"])
            except Stop as stop:
                said = f"{stop.message} {report.so_far(len(found), dry_run)}"
                raise Stop(stop.exit, said, stop.details) from None
            progress.update(task, completed=batch[-1].number)
    return report


def _batches(found: Sequence[rows.Row], report: Report) -> Iterator[list[rows.Row]]:
    """The rows some at a time, without those that need not be sent: of these the report tells."""
    seen: dict[Any, int] = {}
    batch: list[rows.Row] = []
    for row in found:
        address = str(row.fields.get("ip_address", row.number)).strip()
        first = seen.setdefault(address, row.number)
        if row.problem is not None:
            report.refused(row.number, row.problem)
        elif first != row.number:
            # A dry run of one request knows nothing of another's.
            report.there(row.number, f"{address} is in row {first} already")
        else:
            batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(path: Path, report: Report) -> None:
    wrong = sorted([*report.errors, *report.duplicates], key=lambda one: one["row"])
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ("row", "field", "message"), lineterminator="\n")
            writer.writeheader()
            writer.writerows(wrong)
    except OSError as error:
        raise Stop(Exit.FAILED, f"cannot write {path}: {error.strerror}") from None


def _print(report: Report, dry_run: bool) -> None:
    wrong = len({one["row"] for one in report.errors})
    for one in report.errors[:_SHOWN_ERRORS]:
        named = f" {one['field']}" if one["field"] not in (None, "row") else ""
        render.note(f"row {one['row']}:{named} {one['message']}")
    if len(report.errors) > _SHOWN_ERRORS:
        render.note(f"… and {len(report.errors) - _SHOWN_ERRORS} more (--errors FILE or --json list all)")
    would = "would be " if dry_run else ""
    told = f"{report.created} {would}added, {len(report.duplicates)} there already, {wrong} {would}refused."
    render.out.print(told)

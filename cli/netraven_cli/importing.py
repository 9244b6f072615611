"""`netraven devices import`: devices from a file, several at once, each row told about by its number."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from netraven_cli import options, render, rows
from netraven_cli.client import Api
from netraven_cli.exits import ApiError, Exit, Stop

Json = dict[str, Any]
_SHOWN_ERRORS = 50


@dataclass(slots=True)
class Report:
    """What became of the rows, in the form of the API's bulk answers."""

    created: int = 0
    duplicates: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)

    def refused(self, number: int, details: Any, message: str) -> None:
        """A row that is wrong, with each wrong field where they are known."""
        named = details if isinstance(details, dict) and details else {None: [message]}
        for name, reasons in named.items():
            said = "; ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons)
            self.errors.append({"row": number, "field": name, "message": said})


def import_devices(
    url: options.Url,
    file: Annotated[Path, typer.Argument(help="A .csv or .json file.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the rows and send nothing.")] = False,
    create_missing_tags: Annotated[
        bool, typer.Option("--create-missing-tags", help="Create the tags that are not there yet.")
    ] = False,
    parallel: Annotated[int, typer.Option(help="Rows under way at once.", min=1, max=32)] = 8,
    json: options.Json = False,
) -> None:
    """Add the devices of a file. Rows whose address is there already are left alone, wrong ones are told.

    A CSV file names its columns in the first line: name, ip_address, device_type, location and, as wanted,
    platform, port, serial, model, os_version, tags (with ; between them), notes. A JSON file holds a list of
    objects with these fields. Running it again after an interruption is harmless. Exit status 1 when a row
    was refused.

    [dim]netraven devices import --dry-run fleet.csv
    netraven devices import --create-missing-tags fleet.csv[/dim]
    """
    found = rows.read(file)
    if create_missing_tags:
        found = [rows.Row(row.number, {**row.fields, "create_missing_tags": True}) for row in found]
    report = check(found) if dry_run else send(options.api(url), found, parallel)
    if json:
        render.as_json(asdict(report))
    else:
        _print(report, dry_run)
    if report.errors:
        raise typer.Exit(Exit.FAILED)


def check(found: Sequence[rows.Row]) -> Report:
    """What the server would say about the rows' form, without asking it."""
    # Only here, because every other command would wait for these modules too.
    from marshmallow import ValidationError

    from netraven_contracts.devices import DeviceBody

    report, schema = Report(), DeviceBody()
    for row in found:
        try:
            schema.load(row.fields)
        except ValidationError as error:
            report.refused(row.number, error.messages, "cannot be")
    return report


def send(server: Api, found: Sequence[rows.Row], parallel: int) -> Report:
    """Send the rows, `parallel` at once. Stop when the server cannot be reached or lets us in no more."""
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
    with progress, ThreadPoolExecutor(parallel) as pool:
        task = progress.add_task("", total=len(found))
        for row, done in _a_few_at_a_time(pool, server, found, run, parallel * 4):
            _note(report, row, done, len(found))
            progress.advance(task)
    return report


def _a_few_at_a_time(
    pool: ThreadPoolExecutor, server: Api, found: Iterable[rows.Row], run: uuid.UUID, most: int
) -> Iterator[tuple[rows.Row, Future[Any]]]:
    """Each row with its outcome. Bounded, so that an error ends a long import soon."""
    waiting = iter(found)
    while batch := list(islice(waiting, most)):
        under_way = {
            pool.submit(server.call, "POST", "/devices", row.fields, None, f"{run}-{row.number}"): row
            for row in batch
        }
        for done in as_completed(under_way):
            yield under_way[done], done


def _note(report: Report, row: rows.Row, done: Future[Any], total: int) -> None:
    try:
        done.result()
        report.created += 1
    except ApiError as error:
        if error.code == "DUPLICATE_IP":
            report.duplicates.append({"row": row.number, "ip_address": row.fields.get("ip_address")})
        elif error.exit in (Exit.LOGIN, Exit.UNAVAILABLE):
            raise _interrupted(report, error, total) from None
        else:
            report.refused(row.number, error.details, error.message)
    except Stop as stop:
        raise _interrupted(report, stop, total) from None


def _interrupted(report: Report, stop: Stop, total: int) -> Stop:
    said = f"{stop.message} {report.created} of {total} rows are in; run it again to go on."
    return Stop(stop.exit, said, stop.details)


def _print(report: Report, dry_run: bool) -> None:
    wrong = len({one["row"] for one in report.errors})
    for one in sorted(report.errors, key=lambda one: one["row"])[:_SHOWN_ERRORS]:
        named = f" {one['field']}" if one["field"] else ""
        render.note(f"row {one['row']}:{named} {one['message']}")
    if len(report.errors) > _SHOWN_ERRORS:
        render.note(f"… and {len(report.errors) - _SHOWN_ERRORS} more (--json lists all)")
    if dry_run:
        render.out.print(f"{wrong} rows are wrong; nothing was sent." if wrong else "Every row can be sent.")
    else:
        render.out.print(f"{report.created} added, {len(report.duplicates)} there already, {wrong} refused.")

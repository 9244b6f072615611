"""Watching a job: its log as it is written, a bar that follows it, and how it ended. Nothing is changed.

On a terminal the bar stands below the log; elsewhere the log alone is written, a line for each entry.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from netraven_cli import entries, interrupts, render
from netraven_cli.exits import ENDINGS, Exit, Stop
from netraven_cli.follow import END, follow

if TYPE_CHECKING:
    from netraven_cli.client import Api

_ENDED = {"succeeded", "failed", "skipped", "cancelled", "quarantined"}
_SHOWN_FAILURES = 20
_FAILURE_COLUMNS = ("name", "ip_address", "status", "error_class", "attempt", "message")


class _Bar:
    """How far the job is. Each device counts once in a run, however often it is told of."""

    def __init__(self, progress: Progress, job: Mapping[str, Any]) -> None:
        self._progress = progress
        self._run = int(job.get("run") or 1)
        self._done: dict[str, str] = {}
        total = (job.get("counts") or {}).get("total") or None
        self._task: TaskID = progress.add_task(str(job["type"]), total=total, failed="")

    def take(self, entry: Mapping[str, Any]) -> None:
        """Go on by what this entry says."""
        meta = entry.get("meta") or {}
        run = meta.get("run", self._run)
        if run != self._run:
            self._run, self._done = run, {}
        if isinstance(meta.get("devices"), int):
            self._progress.update(self._task, total=meta["devices"])
        if meta.get("status") in _ENDED and entry.get("device_id"):
            self._done[str(entry["device_id"])] = meta["status"]
        failed = sum(status != "succeeded" for status in self._done.values())
        told = f"[red]{failed} without success[/red]" if failed else ""
        self._progress.update(self._task, completed=len(self._done), failed=told)

    def over(self, counts: Mapping[str, Any]) -> None:
        """Show the end as the server has it."""
        total = counts.get("total") or 0
        self._progress.update(self._task, total=total, completed=total)


def watch(
    server: Api, job: Mapping[str, Any], last_id: str = "", json: bool = False, everything: bool = False
) -> None:
    """Follow the log of `job` from after `last_id` until the job is over; then say what came of it.

    Raises Stop unless it succeeded. With `json` the log goes to standard error, and the job to standard
    output at its end; `everything` shows debug lines too. Ctrl-C leaves the job running.
    """
    console = render.err if json else render.out
    goes_on = (
        f"The job goes on without you. Look again: netraven jobs watch {job['id']}; "
        f"end it: netraven jobs cancel {job['id']}"
    )
    with interrupts.telling(lambda: goes_on):
        _follow(server, job, last_id, console, everything)
    _conclude(server, str(job["id"]), json)


def _follow(server: Api, job: Mapping[str, Any], last_id: str, console: Console, everything: bool) -> None:
    names = Names(server, job)
    with _bar(console, job) as bar:
        stream = follow(
            server,
            "/logs/stream",
            {"job_id": job["id"]},
            last_id,
            lambda why: render.note(f"{why}; going on …"),
        )
        for event in stream:
            if event.kind == "log":
                if bar:
                    bar.take(event.data)
                if event.data["level"] == "debug" and not everything:
                    continue
                console.print(entries.line(event.data, names.of(event.data.get("device_id"))), soft_wrap=True)
            elif event.kind == END and bar:
                bar.over(server.get(f"/jobs/{job['id']}").get("counts") or {})


@contextmanager
def _bar(console: Console, job: Mapping[str, Any]) -> Iterator[_Bar | None]:
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bar(progress, job)


class Names:
    """What the job's devices are called; asked for when the first one is named."""

    def __init__(self, server: Api, job: Mapping[str, Any]) -> None:
        self._server = server
        self._job_id = str(job["id"])
        self._known: dict[str, str] = {}
        self._asked = False

    def of(self, device_id: str | None) -> str | None:
        """The device's name, its id when nobody knows one; None without a device."""
        if device_id is None:
            return None
        if device_id not in self._known and not self._asked:
            self._asked = True
            rows = self._server.pages(f"/jobs/{self._job_id}/devices", {})
            self._known = {str(row["id"]): str(row["name"]) for row in rows}
        return self._known.get(device_id, device_id)


def _conclude(server: Api, job_id: str, json: bool) -> None:
    job = server.get(f"/jobs/{job_id}")
    failures = [row for row in job.get("devices") or () if row["status"] in _ENDED - {"succeeded"}]
    if json:
        render.as_json(job)
    elif failures:
        sys.stdout.flush()
        more = f"and {len(failures) - _SHOWN_FAILURES} more" if len(failures) > _SHOWN_FAILURES else None
        render.err.print(render.table(_FAILURE_COLUMNS, failures[:_SHOWN_FAILURES], more))
    said = summary(job)
    status = ENDINGS.get(str(job["status"]), Exit.FAILED)
    if status is not Exit.OK:
        raise Stop(status, said)
    render.note(said)


def summary(job: Mapping[str, Any]) -> str:
    """How a job ended, in one line."""
    counts = job.get("counts") or {}
    parts = [
        f"{counts[word]} {word}"
        for word in ("succeeded", "failed", "skipped", "cancelled")
        if counts.get(word)
    ]
    took = f" in {job['duration_secs']:.1f} s" if job.get("duration_secs") is not None else ""
    what = str(job.get("reason") or ", ".join(parts) or "no devices")
    return f"{job['type']} {job['status']}{took}: {what} (job {job['id']})"

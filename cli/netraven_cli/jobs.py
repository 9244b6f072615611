"""`netraven jobs …`: have something done with many devices, and watch it being done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli import options, render, targets, timing, watching
from netraven_cli.exits import Exit, Stop

if TYPE_CHECKING:
    from netraven_cli.client import Api

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Jobs with many devices: run, watch, list, show, cancel, retry, types.",
)

_COLUMNS = ("status", "type", "name", "done", "created_at", "duration_secs", "id")
_DEVICE_COLUMNS = ("name", "ip_address", "status", "error_class", "attempt", "duration_ms", "message")
_TYPE_COLUMNS = ("name", "label", "description", "options")
_SHOWN_DEVICES = 50

Job = Annotated[str, typer.Argument(help="Its id; without one the latest that you asked for.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Follow its log until it is over.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show debug lines of the log, too.")]


@app.command("run")
def run(
    url: options.Url,
    job_type: Annotated[str, typer.Argument(metavar="TYPE", help="See: netraven jobs types")],
    device: targets.Devices = None,
    tag: targets.Tags = None,
    every_device: targets.All = False,
    option: timing.Options = None,
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    every: timing.Every = None,
    cron: timing.Cron = None,
    timezone: timing.Timezone = None,
    at: timing.At = None,
    watch: Watch = False,
    verbose: Verbose = False,
    json: options.Json = False,
) -> None:
    """Have a job done with devices, now or by a schedule.

    [dim]netraven jobs run backup --all --watch
    netraven jobs run facts --device core-1 --device 192.0.2.7
    netraven jobs run backup --tag core --cron "0 3 * * *" --timezone Europe/Zurich[/dim]
    """
    schedule = timing.timing(every, cron, timezone, at)
    if schedule and watch:
        raise Stop(Exit.USAGE, "what is scheduled cannot be watched yet: leave out --watch")
    extra = {"name": name, "schedule": schedule, "options": timing.options_of(option)}
    server = options.api(url)
    target = targets.target(server, device, tag, every_device)
    body = {"type": job_type, **target, **{key: value for key, value in extra.items() if value}}
    made = server.call("POST", "/jobs", body)["data"]
    if watch:
        watching.watch(server, made, json=json, everything=verbose)
    else:
        _told(made, json)


@app.command("watch")
def watch_job(url: options.Url, job: Job = "", verbose: Verbose = False, json: options.Json = False) -> None:
    """Follow a job's log until it is over; the exit status says how it ended.

    What it has said so far comes first. Ctrl-C ends the watching and not the job.
    """
    server = options.api(url)
    watching.watch(server, server.get(f"/jobs/{_job_id(server, job)}"), json=json, everything=verbose)


@app.command("list")
def list_jobs(
    url: options.Url,
    status: Annotated[str | None, typer.Option(help="queued, running, succeeded, partial, failed, …")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="This job type.")] = None,
    device: Annotated[str | None, typer.Option(help="With this device, by id or name.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Of this schedule, by its id.")] = None,
    page: Annotated[int, typer.Option(help="Which page; the newest come first.", min=1)] = 1,
    size: Annotated[int, typer.Option(help="Jobs on a page.", min=1, max=1000)] = 25,
    json: options.Json = False,
) -> None:
    """List jobs, the newest first."""
    wanted = {"status": status, "type": job_type, "device": device, "schedule_id": schedule}
    params = {name: value for name, value in wanted.items() if value is not None}
    paged = {**params, "page": page, "size": size, "sort": "-created_at"}
    answer = options.api(url).call("GET", "/jobs", params=paged)
    if json:
        render.as_json(answer["data"])
        return
    caption = f"{answer['total']} jobs, page {page} of {max(1, -(-answer['total'] // size))}"
    render.out.print(render.table(_COLUMNS, map(_row, answer["data"]), caption))


def _row(job: dict[str, Any]) -> dict[str, Any]:
    counts = job.get("counts") or {}
    return {**job, "done": f"{counts.get('succeeded', 0)} of {counts.get('total', 0)}"}


@app.command("show")
def show_job(url: options.Url, job: Job = "", json: options.Json = False) -> None:
    """Show a job and how each of its devices fares."""
    server = options.api(url)
    told = server.get(f"/jobs/{_job_id(server, job)}")
    if json:
        render.as_json(told)
        return
    devices, kept = told.pop("devices", None) or [], told.pop("devices_kept", True)
    told["created_by"] = (told.get("created_by") or {}).get("name")
    told["schedule"] = timing.told(told.get("schedule")) if told.get("schedule") else None
    told["counts"] = ", ".join(f"{count} {word}" for word, count in told["counts"].items() if count)
    told["target"] = ", ".join(f"{name}: {_said(value)}" for name, value in told["target"].items())
    render.out.print(render.fields({name: value for name, value in told.items() if value not in (None, {})}))
    if not kept:
        render.out.print("It was over so long ago that of its devices only the counts are kept.")
    if devices:
        render.out.print()
        more = f"{len(devices)} devices; --json has all" if len(devices) > _SHOWN_DEVICES else None
        render.out.print(render.table(_DEVICE_COLUMNS, devices[:_SHOWN_DEVICES], more))


def _said(value: Any) -> str:
    return f"{len(value)} by id" if isinstance(value, list) and len(value) > 3 else str(value)


@app.command("cancel")
def cancel_job(
    url: options.Url, job: Annotated[str, typer.Argument(help="Its id.")], json: options.Json = False
) -> None:
    """Stop a job: open sessions are closed, and no further device is begun."""
    made = options.api(url).call("PATCH", f"/jobs/{job}", {"action": "cancel"})["data"]
    _told(made, json)


@app.command("retry")
def retry_job(
    url: options.Url,
    job: Job = "",
    everything: Annotated[
        bool, typer.Option("--all", help="All devices, not just those without success.")
    ] = False,
    watch: Watch = False,
    verbose: Verbose = False,
    json: options.Json = False,
) -> None:
    """Run a job that is over once more, for the devices that did not succeed."""
    server = options.api(url)
    job_id = _job_id(server, job)
    last = _last_seq(server, job_id) if watch else ""
    only = "all" if everything else "failed"
    made = server.call("PATCH", f"/jobs/{job_id}", {"action": "retry", "only": only})["data"]
    if watch:
        watching.watch(server, made, last, json, verbose)
    else:
        _told(made, json)


@app.command("types")
def list_types(url: options.Url, json: options.Json = False) -> None:
    """List what jobs can do, and with which options."""
    rows = options.api(url).get("/jobs/job-types")
    render.answer(rows, json, lambda: render.table(_TYPE_COLUMNS, map(_type_row, rows)))


def _type_row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "options": sorted((row.get("options") or {}).get("properties", {}))}


def _job_id(server: Api, meant: str) -> str:
    if meant:
        return meant
    latest = server.get("/jobs", {"created_by": "me", "sort": "-created_at", "size": 1})
    if not latest:
        raise Stop(Exit.NOT_FOUND, "you have asked for no job yet: name one, or see netraven jobs run --help")
    job = latest[0]
    render.note(f"Your latest job: {job['name'] or job['type']}, of {job['created_at']} (job {job['id']})")
    return str(job["id"])


def _last_seq(server: Api, job_id: str) -> str:
    """The last entry of the job's log so far: what comes after it is news."""
    rows = server.get("/logs", {"job_id": job_id, "order": "desc", "size": 1})
    return str(rows[0]["seq"]) if rows else ""


def _told(job: dict[str, Any], json: bool) -> None:
    if json:
        render.as_json(job)
    elif job["status"] == "scheduled":
        due = f", next at {job['next_run']}" if job.get("next_run") else ""
        render.note(
            f"Scheduled {job['type']}, {timing.told(job.get('schedule'))}{due} (schedule {job['id']})."
        )
    else:
        render.note(
            f"Job {job['id']} ({job['type']}) is {job['status']}. Follow it: netraven jobs watch {job['id']}"
        )

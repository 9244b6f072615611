"""`netraven schedules …`: what starts jobs by itself. Schedules are made by `netraven jobs run`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from netraven_cli import changes, confirming, find, options, render, targets, timing

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What starts jobs by itself: list, show, change, pause, resume, delete.\n\n"
    "A schedule is made by: netraven jobs run TYPE … --every, --cron or --at.",
)

_COLUMNS = ("name", "type", "when", "status", "next_run", "last_run", "runs", "id")
Schedule = Annotated[str, typer.Argument(help="Its id or name.")]


@app.command("list")
def list_schedules(
    url: options.Url,
    status: Annotated[str | None, typer.Option(help="active, paused or done.")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="For this job type.")] = None,
    json: options.Json = False,
) -> None:
    """List schedules, the next to be due first."""
    wanted = {"status": status, "type": job_type}
    params = {name: value for name, value in wanted.items() if value is not None}
    rows = list(options.api(url).pages("/schedules", {"sort": "next_run", **params}))
    if json:
        render.as_json(rows)
    else:
        shown = [{**row, "when": timing.told(row.get("schedule"))} for row in rows]
        render.out.print(render.table(_COLUMNS, shown, None if rows else "no schedules"))


@app.command("show")
def show_schedule(url: options.Url, schedule: Schedule, json: options.Json = False) -> None:
    """Show a schedule."""
    server = options.api(url)
    told = server.get(f"/schedules/{find.schedule_id(server, schedule)}")
    render.answer(told, json, lambda: render.fields({**told, "schedule": timing.told(told.get("schedule"))}))


@app.command("change")
def change_schedule(
    url: options.Url,
    schedule: Schedule,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    device: targets.Devices = None,
    tag: targets.Tags = None,
    every_device: targets.All = False,
    option: timing.Options = None,
    every: timing.Every = None,
    cron: timing.Cron = None,
    timezone: timing.Timezone = None,
    at: timing.At = None,
    json: options.Json = False,
) -> None:
    """Change when a schedule is due, its name, whom its jobs are for, or what they are told."""
    when = timing.timing(every, cron, timezone, at)
    given = {"name": name, "schedule": when, "options": timing.options_of(option) or None}
    server = options.api(url)
    others = targets.target(server, device, tag, every_device, needed=False)
    body = {field: value for field, value in given.items() if value is not None} | others
    changes.must_be(body)
    path = f"/schedules/{find.schedule_id(server, schedule)}"
    _told(server.call("PATCH", path, body)["data"], "Changed", json)


@app.command("pause")
def pause_schedule(url: options.Url, schedule: Schedule, json: options.Json = False) -> None:
    """Start no jobs until it is resumed."""
    server = options.api(url)
    path = f"/schedules/{find.schedule_id(server, schedule)}/pause"
    _told(server.call("POST", path)["data"], "Paused", json)


@app.command("resume")
def resume_schedule(url: options.Url, schedule: Schedule, json: options.Json = False) -> None:
    """Start jobs again. What was due meanwhile is not made up for."""
    server = options.api(url)
    path = f"/schedules/{find.schedule_id(server, schedule)}/resume"
    _told(server.call("POST", path)["data"], "Resumed", json)


@app.command("delete")
def delete_schedule(
    url: options.Url,
    schedule: Schedule,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a schedule. Its jobs stay."""
    server = options.api(url)
    ident = find.schedule_id(server, schedule)
    if not yes:
        confirming.confirm(f"Delete the schedule {schedule}?")
    server.call("DELETE", f"/schedules/{ident}")
    render.note("Deleted.")


def _told(schedule: dict[str, Any], done: str, json: bool) -> None:
    if json:
        render.as_json(schedule)
        return
    due = f"; next at {schedule['next_run']}" if schedule.get("next_run") else ""
    render.note(f"{done} {schedule.get('name') or schedule['id']}: {timing.told(schedule['schedule'])}{due}.")

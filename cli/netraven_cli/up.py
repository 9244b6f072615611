"""`netraven up`: the whole system on this machine. What keeps it running is the chassis's supervisor."""

from __future__ import annotations

import os

from rich.panel import Panel
from rich.table import Table

from netraven_chassis.presence import is_new
from netraven_chassis.settings import Settings
from netraven_cli import render
from netraven_cli.exits import Exit, Stop
from netraven_cli.settings import load_or_stop

# In the order in which they start; they stop in the other, so that whoever is called outlives the caller.
SERVICES = ("auth", "devices", "monitor", "jobs", "worker", "gateway")


def up() -> None:
    """Run the whole system on this machine until Ctrl-C.

    Without AMQP_URI and MONGODB_URI nothing else is needed: the services share one process and keep their
    data in a private database in NETRAVEN_DATA. Only this machine reaches it, unless NETRAVEN_HOST says
    otherwise. What dies is started again. `netraven settings` shows everything that can be set.
    """
    wanted = load_or_stop()
    render.note("Starting NetRaven …")
    status = _run(wanted, is_new(wanted))
    if status:
        raise Stop(Exit(status), "the system could not start; the lines above say why")
    render.note("Stopped.")


def _run(wanted: Settings, first: bool) -> int:
    # Only here, because every other command would wait for these modules too.
    from netraven_chassis import logs
    from netraven_chassis.datafolder import InUse
    from netraven_chassis.mongod import NoDatabase
    from netraven_chassis.supervisor import PortInUse, Supervisor

    logs.configure(wanted)
    supervisor = Supervisor(
        SERVICES,
        wanted,
        os.environ,
        on_ready=lambda url: render.err.print(welcome(wanted, url, first)),
        on_lost=lambda: render.note("NetRaven stopped by itself; starting it again …"),
    )
    try:
        return supervisor.run()
    except (InUse, PortInUse, NoDatabase, OSError) as error:
        raise Stop(Exit.FAILED, str(error)) from None


def welcome(wanted: Settings, url: str, first: bool) -> Panel:
    """What a person needs to know first: where it is, and how to get in."""
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="bold", no_wrap=True)
    lines.add_column(overflow="fold")
    lines.add_row("API", f"{url}/api")
    lines.add_row("Documentation", f"{url}/api/docs")
    if wanted.auth == "none":
        lines.add_row("Log in", "not needed (NETRAVEN_AUTH=none)")
    else:
        lines.add_row("Log in", f"netraven login --url {url}")
        lines.add_row("User", "admin")
        lines.add_row("Password", _password(wanted, first))
    lines.add_row("Data", str(wanted.data))
    lines.add_row("Stop", "Ctrl-C")
    return Panel.fit(lines, title="NetRaven is up")


def _password(wanted: Settings, first: bool) -> str:
    if wanted.admin_password:
        return "the one in NETRAVEN_ADMIN_PASSWORD when the user admin was made"
    if first:
        return "made for you and shown once, above"
    return "as before; if it is lost: NETRAVEN_RESET_ADMIN=true netraven up"

"""`netraven rebuild`: views made anew from the log. The work is the chassis's; the way to it is only here."""

from __future__ import annotations

from typing import Annotated

import typer

from netraven_cli.serve import become
from netraven_cli.settings import system_or_stop


def rebuild(service: Annotated[str, typer.Argument(help="devices, monitor or auth")]) -> None:
    """Make a service's views anew from its log, beside the live ones, while it runs or while it does not.

    Uses the databases of the settings (MONGODB_URI, else the private one of the data folder), so run it where
    the service runs. Nothing is lost when it is interrupted: the live views stay until the new ones are done.
    """
    system_or_stop(f"rebuild the views of {service}")
    become("rebuild", service)

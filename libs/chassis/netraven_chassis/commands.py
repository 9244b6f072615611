"""The commands of `python -m netraven_chassis`, for images without `netraven`. No work is done here.

A start that cannot succeed ends with one line that says why and a status that says whose fault it is.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netraven_chassis import health, logs, presence, settings
from netraven_chassis.datafolder import InUse
from netraven_chassis.mongod import NoDatabase
from netraven_chassis.services import UnknownService
from netraven_chassis.setting import SettingsError
from netraven_contracts.errors import NetRavenError

FAILED, USAGE = 1, 2


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit status (2: wrong usage or settings, 1: it failed)."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.command(asked))
    except (SettingsError, UnknownService, presence.NoSystem) as error:
        return _complain(error, USAGE)
    except (InUse, NoDatabase, OSError) as error:
        return _complain(error, FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m netraven_chassis", description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="run services in this process until it is told to end")
    serve.add_argument("services", nargs="+", metavar="SERVICE")
    serve.set_defaults(command=_serve)
    healthy = commands.add_parser("healthy", help="status 0 when a service of this machine is well, else 1")
    healthy.add_argument("service", metavar="SERVICE")
    healthy.set_defaults(command=lambda asked: 0 if health.is_well(asked.service) else FAILED)
    rebuild = commands.add_parser("rebuild", help="make a service's views anew from its log")
    rebuild.add_argument("service", metavar="SERVICE")
    rebuild.set_defaults(command=_rebuild)
    keys = commands.add_parser("keys", help="make the key that opens device secrets, unless there is one")
    keys.add_argument("--public", metavar="FILE", type=Path, help="write its public half there")
    keys.set_defaults(command=_keys)
    rotate = commands.add_parser("rotate", help="put a new key in the place of the one that opens secrets")
    rotate.add_argument("--public", metavar="FILE", type=Path, help="write its public half there")
    rotate.set_defaults(command=_rotate)
    return parser


def _keys(asked: argparse.Namespace) -> int:
    from netraven_chassis import sealing

    _announce(sealing.private_key(settings.load(os.environ)).public.document, asked.public)
    return 0


def _announce(document: Mapping[str, Any], file: Path | None) -> None:
    half = json.dumps(dict(document))
    if file is None:
        print(half)
        return
    fresh = file.with_suffix(".new")
    fresh.write_text(half)
    fresh.replace(file)  # whoever reads it meanwhile reads the old one or the new one, whole


def _rotate(asked: argparse.Namespace) -> int:
    wanted = presence.require(settings.load(os.environ), "seal anything anew")
    logs.configure(wanted)
    from pymongo.errors import PyMongoError

    from netraven_chassis import mongo, rotation, sealing
    from netraven_chassis.rebuild_command import databases

    ring = sealing.private_key(wanted)
    public = asked.public or (Path(wanted.public_key_file) if wanted.public_key_file else None)

    def announce(key: sealing.PublicKey) -> None:
        if public is not None:
            _announce(key.document, public)

    try:
        with databases(wanted):
            rows = rotation.rotate(ring, mongo.database, announce, lambda what: print(what, file=sys.stderr))
    except (PyMongoError, rotation.CannotRotate) as error:
        return _complain(error, FAILED)
    print(f"Sealed {rows} rows anew; the old key opens nothing any more.")
    return 0


def _rebuild(asked: argparse.Namespace) -> int:
    wanted = presence.require(settings.load(os.environ), f"rebuild the views of {asked.service}")
    logs.configure(wanted)
    from pymongo.errors import PyMongoError

    from netraven_chassis.rebuild_command import rebuild

    def tell(source: str, commits: int) -> None:
        print(f"{source}: {commits} commits", file=sys.stderr)

    try:
        generation = rebuild(asked.service, wanted, tell)
    except (PyMongoError, NetRavenError) as error:
        return _complain(error, FAILED)
    print(f"The views of {asked.service} are new (generation {generation}).")
    return 0


def _serve(asked: argparse.Namespace) -> int:
    gc.disable()  # while modules are read, which stay: looking for garbage among them is a fifth of a start
    wanted = settings.load(os.environ)
    logs.configure(wanted)
    from netraven_chassis import runner  # only here, so that a health check does not load Nameko

    return runner.serve(asked.services, wanted)


def _complain(error: Exception, status: int) -> int:
    for line in str(error).splitlines():
        print(f"netraven: {line}", file=sys.stderr)
    return status

"""`python -m lab`: starts twenty devices, registers them, and serves until Ctrl-C.

`python -m lab change NAME` configures one of them. They are registered where `netraven` looks: at --url,
NETRAVEN_URL, or this machine's NETRAVEN_PORT; with the log-in of `netraven login`, NETRAVEN_TOKEN or
NETRAVEN_ADMIN_PASSWORD, else the password of admin is asked for.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from types import FrameType

from lab import fleet
from lab.changing import change
from lab.device import LabDevice, Spec
from lab.registering import log_in, register, server
from lab.sshd import NoSshd, Sshd
from netraven_cli.exits import Exit, Stop

_FOLDER = Path(".data/lab")
_AGAIN_SECONDS = 3.0
_TRY = """
Try:
  netraven jobs run backup --all --watch           back all of them up, and watch
  netraven jobs run facts --tag core --watch       learn serial numbers, models, interfaces
  python -m lab change {name:<27} configure one of them …
  netraven jobs run backup --all --watch           … and see the one that changed
  netraven backups list --changed                  what changed when
  ssh -p {port} {user}@{address}                     look around yourself; the password is in
                                                   {folder}/login.json
Their configurations are files in {folder}/configurations: edit one, and the device is changed.
Ctrl-C ends the lab.
"""


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit status."""
    parser = argparse.ArgumentParser("python -m lab", description=__doc__)
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where configurations and keys lie")
    commands = parser.add_subparsers(dest="command")
    up = commands.add_parser("up", help="start the devices (the default)")
    for one in (parser, up):
        one.add_argument("--url", default=server(), help="the system to register them in (%(default)s)")
        one.add_argument("--net", type=_net, default=fleet.NET, help="the beginning of their addresses")
        one.add_argument("--only-devices", action="store_true", help="register them nowhere")
    changing = commands.add_parser("change", help="change a device's configuration")
    changing.add_argument("name", help="which device")
    asked = parser.parse_args(arguments)
    if asked.command == "change":
        return _change(asked.folder, asked.name)
    return _up(asked.folder, asked.net, None if asked.only_devices else asked.url)


def _net(text: str) -> str:
    try:
        IPv4Address(f"{text}.1")
    except ValueError:
        message = f"{text} is not the beginning of addresses: give three numbers, such as {fleet.NET}"
        raise argparse.ArgumentTypeError(message) from None
    return text


def _change(folder: Path, name: str) -> int:
    platforms = {spec.name: spec.platform for spec in fleet.specs(fleet.login(folder))}
    if name not in platforms:
        print(f"there is no device {name}; there are {', '.join(platforms)}", file=sys.stderr)
        return 2
    try:
        said = change(folder, name, platforms[name])
    except FileNotFoundError:
        print(f"{name} has never been started: start the lab first", file=sys.stderr)
        return 1
    print(f"{name} now has:\n{said}", end="")
    return 0


def _up(folder: Path, net: str, url: str | None) -> int:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: _end(ended, _frame))
    login = fleet.login(folder)
    specs = fleet.specs(login, net)
    try:
        running, keys = _start(specs, folder)
    except OSError as error:
        print(f"the devices cannot be started: {error}; is a lab running already?", file=sys.stderr)
        return 1
    specs = [device.spec for device in running]
    print(
        f"{len(running)} devices on {specs[0].address} to {specs[-1].address}, port {specs[0].port}.",
        flush=True,
    )
    status = 0
    if url is not None:
        status = _register(url, specs, folder, keys, ended)
    while not status and not ended.wait(1.0):
        pass
    for device in running:
        device.stop()
    print("The lab has ended.")
    return status


def _end(ended: threading.Event, _frame: FrameType | None) -> None:
    ended.set()


def _start(specs: Sequence[Spec], folder: Path) -> tuple[list[LabDevice | Sshd], dict[str, tuple[str, str]]]:
    """Those that run, and {tag: (user name, private key)} of those opened by a key. Raises OSError."""
    running: list[LabDevice | Sshd] = []
    keys: dict[str, tuple[str, str]] = {}
    for spec in specs:
        device = Sshd(spec, folder) if spec.platform == fleet.LINUX else LabDevice(spec, folder)
        try:
            device.start()
        except NoSshd as error:
            print(f"{spec.name} is left out: {error}", file=sys.stderr)
            continue
        except OSError:
            for one in running:
                one.stop()
            raise
        running.append(device)
        if isinstance(device, Sshd):
            keys["servers"] = (device.username, device.private_key())
    return running, keys


def _register(
    url: str, specs: Sequence[Spec], folder: Path, keys: dict[str, tuple[str, str]], ended: threading.Event
) -> int:
    """Make them known as soon as the system is there; the exit status, 0 for going on."""
    waiting = False
    while not ended.is_set():
        try:
            new = register(log_in(url), specs, fleet.login(folder), keys)
        except Stop as error:
            if error.exit is not Exit.UNAVAILABLE:
                print(f"they cannot be registered at {url}: {error.message}", file=sys.stderr)
                return 1
        else:
            print(f"Registered at {url}: {new} new, {len(specs) - new} known already.")
            first = specs[0]
            known = {"name": first.name, "port": first.port, "user": first.login.username}
            print(_TRY.format(**known, address=first.address, folder=folder), flush=True)
            return 0
        if not waiting:
            print(f"Nobody answers at {url} yet: start it with `make run`.", flush=True)
            waiting = True
        ended.wait(_AGAIN_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

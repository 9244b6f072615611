"""One device of the lab: its name, its platform, its configuration file, its SSH server."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import paramiko

from lab.dialects import DIALECTS
from lab.manners import WELL_BEHAVED, Login, Manners
from lab.server import DeviceServer
from lab.shell import Shell
from lab.telnetd import TelnetServer
from lab.templates import first_configuration, shown


@dataclass(frozen=True, slots=True)
class Spec:
    """What a device is. `tags` and `location` are what it is registered with; `telnet`: it speaks no SSH."""

    name: str
    platform: str
    address: str
    login: Login
    port: int = 2222
    location: str = "lab"
    device_type: str = "switch"
    tags: tuple[str, ...] = ()
    telnet: bool = False


class LabDevice:
    """A device that can be started. Its folder holds its configuration and its host key.

    The configuration is a file that is read again at each showing: edit it and the device is changed.
    """

    def __init__(self, spec: Spec, folder: Path, manners: Manners = WELL_BEHAVED) -> None:
        self.spec, self.folder = spec, folder
        self.path = configuration_file(folder, spec.name)
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(first_configuration(spec.platform, spec.name))
        kind = TelnetServer if spec.telnet else DeviceServer
        self.server = kind(
            spec.address, spec.port, host_key(folder, spec.name), spec.login, self._shell, manners
        )

    @property
    def port(self) -> int:
        """Where it listens; only known once it runs when the port was 0."""
        return self.server.port

    def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        self.server.start()

    def stop(self) -> None:
        """Close everything."""
        self.server.stop()

    def configuration(self) -> str:
        """What it shows now."""
        return shown(self.spec.platform, self.path.read_text(), time.time())

    def _shell(self, user: str) -> Shell:
        spec = self.spec
        dialect = DIALECTS[spec.platform]
        login = spec.login
        return Shell(
            spec.platform,
            dialect,
            spec.name,
            user,
            login.privilege,
            self.configuration,
            password=login.password,
        )


def configuration_file(folder: Path, name: str) -> Path:
    """Where the configuration of the device of this name lies."""
    return folder / "configurations" / f"{name}.cfg"


def host_key(folder: Path, name: str) -> paramiko.PKey:
    """The device's host key; made on its first start and the same from then on."""
    path = folder / "host-keys" / hashlib.sha256(name.encode()).hexdigest()[:16]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        paramiko.ECDSAKey.generate().write_private_key_file(str(path))
    return paramiko.ECDSAKey.from_private_key_file(str(path))

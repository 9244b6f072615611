"""Devices in a process of their own: `python -m lab.serving FOLDER`, told over standard input what to serve.

Each line in is JSON and is answered by a line of JSON: {"serve": [spec, …]} -> {"ports": {name: port}},
{"manners": {name: {…}}}, {"sessions": name} -> {"sessions": count} and so "refused". It ends when its
standard input does.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.device import LabDevice, Spec
from lab.manners import WELL_BEHAVED, Login, Manners

Json = Mapping[str, Any]


class Serving:
    """The devices of this process, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._devices: dict[str, LabDevice] = {}
        self._answers: dict[str, Callable[[Any], Json]] = {
            "serve": self._serve,
            "manners": self._behave,
            "sessions": self._sessions,
            "refused": lambda name: {"refused": self._devices[name].server.refused},
            "stop": self._stop,
        }

    def answer(self, said: Json) -> Json:
        """Do what a line says."""
        return {name: value for key in said for name, value in self._answers[key](said[key]).items()}

    def _serve(self, specs: list[dict[str, Any]]) -> Json:
        ports = {}
        for one in specs:
            login = Login(**one.pop("login"))
            manners = Manners(**one.pop("manners", {}))
            device = LabDevice(
                Spec(**{**one, "login": login, "tags": tuple(one["tags"])}), self._folder, manners
            )
            device.start()
            self._devices[device.spec.name] = device
            ports[device.spec.name] = device.port
        return {"ports": ports}

    def _behave(self, manners: Mapping[str, Json]) -> Json:
        for name, wanted in manners.items():
            self._devices[name].server.manners = Manners(**wanted) if wanted else WELL_BEHAVED
        return {"done": True}

    def _sessions(self, name: str) -> Json:
        return {"sessions": self._devices[name].server.sessions()}

    def _stop(self, name: str) -> Json:
        self._devices.pop(name).stop()
        return {"done": True}


def main() -> None:
    """Serve until nobody says anything any more."""
    serving = Serving(Path(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(serving.answer(json.loads(line))), flush=True)
    os._exit(0)  # the kernel closes everything at once; stopping device by device takes its time


if __name__ == "__main__":
    main()

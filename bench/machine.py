"""The facts of the machine and the programs that a figure depends on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.servers.mongod import binary

_LOAD = os.getloadavg()[0]  # before anything of ours runs
_PACKAGES = (
    "nameko",
    "eventlet",
    "kombu",
    "pymongo",
    "flask",
    "gunicorn",
    "icmplib",
    "starlette",
    "sse-starlette",
)


def load() -> str:
    """How busy the machine was before anything of ours ran."""
    return f"{_LOAD:.1f} processes of others wanted a core when the run began"


def facts() -> dict[str, str]:
    """What to say above the figures, by name."""
    return {
        "processor": f"{_from_proc('cpuinfo', 'model name')}, {os.cpu_count()} cores for everything: "
        "clients, services, broker and databases",
        "memory": f"{int(_from_proc('meminfo', 'MemTotal').split()[0]) // 1024} MB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "mongod": _said([binary(), "--version"]).splitlines()[0],
        "RabbitMQ": _said(["dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server"]),
        "wrk": " ".join(_said(["wrk", "-v"]).split()[1:2]),
    }


def _from_proc(file: str, key: str) -> str:
    for line in Path("/proc", file).read_text().splitlines():
        if line.startswith(key):
            return " ".join(line.split(":", 1)[1].split())
    return "0 unknown"


def _said(command: list[str]) -> str:
    """What a program prints; wrk's exit status is 1 even when asked for its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except FileNotFoundError:
        return "unknown"
    return (done.stdout + done.stderr).strip() or "unknown"

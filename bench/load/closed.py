"""A closed loop: so many connections, each sending its next request when it has the answer. wrk does it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from bench.load.target import Target
from bench.rounds import Figure

_SCRIPT = Path(__file__).with_name("request.lua")


class NoLoad(Exception):
    """The load could not be made; the message says why."""


def closed_loop(target: Target, connections: int, seconds: float) -> Figure:
    """Requests per second over `connections`, and their latencies. Raises NoLoad."""
    whole = max(1, round(seconds))  # wrk counts whole seconds
    with tempfile.NamedTemporaryFile("w", suffix=".paths") as paths:
        paths.write("\n".join(target.paths) + "\n")
        paths.flush()
        env = {
            **os.environ,
            "BENCH_TOKEN": target.token,
            "BENCH_PATHS": paths.name,
            "BENCH_NETWORK": target.network,
        }
        command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "10s", "-s", str(_SCRIPT)]
        return _figure([*command, f"http://127.0.0.1:{target.port}/"], env, whole + 30)


def _figure(command: list[str], env: dict[str, str], limit: float) -> Figure:
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=limit, check=False)
    except FileNotFoundError:
        raise NoLoad("wrk is not installed: apt-get install wrk") from None
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise NoLoad(f"wrk said: {done.stdout}{done.stderr}")
    told = json.loads(lines[-1])
    return Figure(told["requests"] / told["seconds"], told["p50"], told["p99"], told["errors"])

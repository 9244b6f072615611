"""A worker in a process of its own that knows the types of job made for tests: python -m
tests.jobs.worker_process
"""

from __future__ import annotations

import sys

import netraven_chassis.patch  # noqa: F401 - before anything that opens a socket
from netraven_chassis.commands import main
from tests.jobs.running import with_extra_types

if __name__ == "__main__":
    with_extra_types()
    sys.exit(main(["serve", "worker"]))

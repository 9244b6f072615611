"""`python -m netraven_chassis …`: what a container image runs. Patches first, and does nothing itself."""

import netraven_chassis.patch  # noqa: F401 - before anything else opens a socket or makes a lock

# isort: split
import sys

from netraven_chassis.commands import main

sys.exit(main(sys.argv[1:]))

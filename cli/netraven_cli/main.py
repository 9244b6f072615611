"""Where the `netraven` command begins: from here on Ctrl-C ends it without a traceback, also while its
modules are being read. Nothing that takes a while is imported up here.
"""

from __future__ import annotations

import sys

_INTERRUPTED = 130  # exits.Exit.INTERRUPTED; not even that may be read yet


def main() -> None:
    """Run the command line, and end with its exit status."""
    try:
        from netraven_cli.commands import run

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)

"""What of our environment a child process may see: none of it can be a secret of ours. One table."""

from __future__ import annotations

import os

_NAMES = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
_PREFIX = "COVERAGE_"


def environment() -> dict[str, str]:
    """The environment for a child that handles what devices say: it needs no key and no log-in."""
    return {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith(_PREFIX)}

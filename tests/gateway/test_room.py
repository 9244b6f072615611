"""How many clients fit: as many as are wanted, or a fair part of what the system allows."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from netraven_gateway.room import divide
print(*divide(1000, 8000), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "told"),
    [
        (1024, 15000, "1000 8000 9200"),
        (12000, 15000, "1000 8000 12000"),
        (1024, 4096, "432 3464 4096"),
        (256, 256, "14 114 256"),
    ],
)
def test_connections_and_streams_share_the_files_that_there_are(soft: int, hard: int, told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == told

"""Acknowledging at once: a device that sends small segments is not kept waiting."""

from __future__ import annotations

import json
import subprocess
import sys


def test_a_device_that_sends_small_segments_need_not_wait_for_our_acknowledgement() -> None:
    command = [sys.executable, "-m", "tests.jobs.small_segments"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert told["ours"] < told["plain"] / 2, told

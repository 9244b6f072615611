"""The description against the API: no fault, no undescribed answer, nothing let in that it forbids."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.netraven import Api, System

# A body may fit its schema and still ask for a tag that is not there, or a span end before it begins;
# and the history of what was deleted stays readable on purpose.
BEYOND_SCHEMAS = "positive_data_acceptance,use_after_free"
SECONDS = 12


@pytest.mark.slow
@pytest.mark.parametrize("lone_system", ["broker"], indirect=True)
def test_generated_requests_find_no_fault_and_no_undescribed_answer(
    lone_system: System, tmp_path: Path
) -> None:
    # Alone, because it tries passwords until the name admin has to wait.
    system, admin = lone_system, Api(lone_system.url).log_in()
    root = system.url.removesuffix("/api")
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run", f"{system.url}/openapi.json", "--url", root,
        "--header", f"Authorization: Bearer {admin.token}",
        "--checks", "all", "--exclude-checks", BEYOND_SCHEMAS, "--max-time", str(SECONDS),
        "--continue-on-failure", "--no-color",
        # These never end; what they answer is looked at by tests of their own.
        "--exclude-path-regex", "(/stream|/jobs/events)$",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=200, env={**os.environ, "CI": "1"}
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "Tested: " in done.stdout


def test_the_page_and_its_parts_are_served_with_a_policy_of_their_own(anyone: Api) -> None:
    status, page, headers = anyone("GET", "/docs")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"NetRaven API" in page
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert anyone("GET", "/docs/docs.js")[2]["Content-Type"] == "text/javascript; charset=utf-8"


def test_the_description_is_kept_until_it_changes(anyone: Api) -> None:
    status, document, headers = anyone("GET", "/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    assert anyone("GET", "/openapi.json", If_None_Match=headers["ETag"])[0] == 304

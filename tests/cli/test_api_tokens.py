"""API tokens at the command line: shown once, good at once, worthless at once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from tests.cli.conftest import Command
from tests.patience import until


def test_a_token_is_made_used_listed_and_revoked(netraven: Command, stranger: Command) -> None:
    name = f"robot-{secrets.token_hex(4)}"
    ends = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    made = netraven("tokens", "add", name, "--read-only", "--expires", ends)
    token = made.out.strip()
    assert made.status == 0 and token.startswith("nrt_") and token not in made.err
    assert f"Made {name}" in made.said and f"good until {ends}" in made.said
    assert stranger("devices", "list", NETRAVEN_TOKEN=token).status == 0
    assert stranger("tags", "add", name, NETRAVEN_TOKEN=token).status == 3
    refused = stranger("tokens", "add", "heir", NETRAVEN_TOKEN=token)
    assert refused.status == 3
    assert name in netraven("tokens", "list").out
    assert netraven("tokens", "revoke", name).status == 2
    assert netraven("tokens", "revoke", name, "--yes").status == 0
    until(lambda: stranger("devices", "list", NETRAVEN_TOKEN=token).status == 3)
    assert netraven("tokens", "revoke", name, "--yes").status == 4


def test_a_name_that_several_tokens_have_is_a_conflict(netraven: Command) -> None:
    name = f"twin-{secrets.token_hex(4)}"
    twins = [netraven("tokens", "add", name, "--json").json for _ in range(2)]
    done = netraven("tokens", "revoke", name, "--yes")
    assert done.status == 5 and all(twin["id"] in done.err for twin in twins)
    assert netraven("tokens", "revoke", twins[0]["id"], "--yes").status == 0
    assert netraven("tokens", "revoke", name, "--yes").status == 0

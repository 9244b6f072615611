"""Secrets are used for real and stand in configurations, and then are looked for everywhere: those of devices
and webhooks must be nowhere, those of a configuration only in the raw texts that are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.servers.netraven import Api
from tests.system.canary_configurations import FORMS
from tests.system.canary_jobs import EVENTS, Jobs, with_jobs
from tests.system.canary_world import embedded, tapped

CONFIGURED = "configured"
Found = dict[str, list[str]]


class Seen:
    """The jobs, and what was found in every place when they were over."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs, self.world = jobs, jobs.world
        self.places = jobs.places()
        self.found = self.search(self.places)

    def search(self, places: dict[str, bytes]) -> Found:
        """{place: the ways whose secrets are there}"""
        every = {place: self.world.canaries.found(text) for place, text in places.items()}
        return {place: ways for place, ways in every.items() if ways}

    def kept(self, name: str) -> str:
        """Where this collection of the jobs is."""
        return f"{self.world.prefix}_jobs.{name}"


@pytest.fixture(scope="module", params=["broker", "embedded"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    start = tapped if request.param == "broker" else embedded
    folder = tmp_path_factory.mktemp("lab")
    # Sessions that are ended in the middle leave refusals behind: no credential is to rest for that.
    patient = {"NETRAVEN_TASK_LEASE_SECONDS": "10", "NETRAVEN_LOCKOUT_ATTEMPTS": "20"}
    with start(request, **patient) as world, with_jobs(world, folder) as jobs:
        yield Seen(jobs)


def test_the_search_finds_what_is_there(seen: Seen) -> None:
    names = [f"{CONFIGURED}: the-{platform.replace('_', '-')} " for platform in FORMS]
    configured = {way for way in seen.world.canaries.ways if way.startswith(tuple(names))}
    assert len(configured) > 100 and configured <= set(seen.found[seen.kept("blobs")])
    known = {place for place, text in seen.places.items() if b"the-rude-parrot" in text}
    assert known >= {seen.kept(name) for name in ("logs", "tasks", "deliveries")}
    assert known >= {"webhooks", "answers", "the stream /events/stream"}
    assert b"<redacted>" in seen.places[seen.kept("redacted")] and b"<redacted>" in seen.places["answers"]
    assert all(event.encode() in seen.places["webhooks"] for event in EVENTS)
    assert all(text for place, text in seen.places.items() if place.startswith("the log of"))
    if seen.world.tap:
        assert all(
            word in seen.places["the bus"] for word in (b"search_backups", b"BackupTaken", b"jobs.lines")
        )


def test_every_stream_was_read_to_its_end(seen: Seen) -> None:
    followed = [one for one in seen.jobs.streams if "job_id" in one.path]
    assert len(followed) == len(seen.jobs.asked) and all(b"event: end" in one.rest() for one in followed)
    feeds = [one for one in seen.jobs.streams if one not in followed]
    assert all(one.said.count(b"event: ") > 10 for one in feeds), [one.said[:300] for one in feeds]


def test_the_secrets_were_used(seen: Seen) -> None:
    logs = seen.places[seen.kept("logs")]
    assert b"This device knows you by the words ******** and ********" in logs
    assert b"the-parrot-********" in logs  # its prompt
    assert b"the device did not accept the credential" in logs and b"the enable secret" in logs
    assert any(b"netraven_jobs.child" in told for told in seen.jobs.processes.values())


def test_no_secret_of_a_device_or_webhook_is_anywhere(seen: Seen) -> None:
    devices = {place: [w for w in ways if not w.startswith(CONFIGURED)] for place, ways in seen.found.items()}
    assert not {place: ways for place, ways in devices.items() if ways}


def test_no_process_that_meets_devices_has_the_key(seen: Seen) -> None:
    private = [key.document()["d"].encode() for key in seen.world.keys]
    children = {pid: told for pid, told in seen.jobs.processes.items() if b"netraven_jobs." in told}
    assert any(b"netraven_jobs.child" in told for told in children.values())
    assert not [told for told in children.values() if any(one in told for one in private)]


def test_a_secret_of_a_configuration_is_only_in_the_raw_text(seen: Seen) -> None:
    assert {place: ways for place, ways in seen.found.items() if place != seen.kept("blobs")} == {}


def test_whoever_looks_at_a_raw_text_sees_it_and_is_seen(seen: Seen) -> None:
    """After all others, for from now on such a text has been asked for and been on the bus."""
    device = seen.jobs.devices["the-cisco-ios"]
    (backup,) = seen.jobs.made("GET", f"/backups?device_id={device['id']}&size=1")
    admin = Api(seen.world.api.url).log_in()
    before = len(admin("GET", f"/backups/{backup['id']}/history")[1]["data"])
    ways = []
    for view in ("download?view=raw", "diff?view=raw"):
        status, answer, _ = admin("GET", f"/backups/{backup['id']}/{view}")
        assert status == 200
        ways.append(seen.world.canaries.found(json.dumps(str(answer)).encode()))
    assert len(ways[0]) == sum(
        way.startswith(f"{CONFIGURED}: the-cisco-ios ") for way in seen.world.canaries.ways
    )
    after = admin("GET", f"/backups/{backup['id']}/history")[1]["data"]
    assert len(after) > before and "admin" in str(after[0])
    places = {place: text for place, text in seen.jobs.places().items() if place != "the bus"}
    assert set(seen.search(places)) == {seen.kept("blobs")}

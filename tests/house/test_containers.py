"""What the containers may do and hold, read off the files that make them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.house.tree import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").is_file()}
FINAL_STAGE = DOCKERFILE.split("\nFROM ")[-1]


def service(name: str) -> dict[str, Any]:
    """One service of the compose file."""
    found: dict[str, Any] = COMPOSE["services"][name]
    return found


def test_every_service_has_a_container_of_its_own_beside_broker_and_database() -> None:
    assert set(COMPOSE["services"]) == OURS | {"broker", "database"}
    assert {service(name)["build"]["args"]["SERVICE"] for name in OURS} == OURS


def test_broker_and_database_are_the_ones_that_were_agreed() -> None:
    assert [service(name)["image"] for name in ("broker", "database")] == ["rabbitmq:4-management", "mongo:8"]


def test_the_monitor_alone_may_open_raw_sockets() -> None:
    assert {name for name in COMPOSE["services"] if "cap_add" in service(name)} == {"monitor"}
    assert service("monitor")["cap_add"] == ["NET_RAW"]
    assert all(service(name)["cap_drop"] == ["ALL"] for name in OURS)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_container_of_ours_can_change_nothing_around_it(name: str) -> None:
    assert service(name)["read_only"] is True
    assert (service(name)["security_opt"] == ["no-new-privileges:true"]) is (name != "monitor")


def test_every_container_says_whether_it_is_well_and_ours_wait_for_what_they_need() -> None:
    assert all("healthcheck" in service(name) for name in ("broker", "database"))
    assert "HEALTHCHECK" in FINAL_STAGE
    waits = {name: service(name)["depends_on"] for name in OURS}
    wanted = {"broker": {"condition": "service_healthy"}, "database": {"condition": "service_healthy"}}
    assert {name for name, on in waits.items() if on != wanted} == set()


def test_only_the_gateway_is_published_and_only_on_this_machine() -> None:
    published = {name: service(name)["ports"] for name in COMPOSE["services"] if "ports" in service(name)}
    assert published == {"gateway": ["${NETRAVEN_PUBLISH:-127.0.0.1:8080}:8080"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_image_runs_as_nobody_special_and_carries_no_installer() -> None:
    assert re.search(r"^USER 10001$", FINAL_STAGE, re.MULTILINE)
    assert "--without-pip" in DOCKERFILE
    assert "pip install" not in FINAL_STAGE


def test_the_image_takes_only_hashed_packages_and_only_its_own_service() -> None:
    installs = re.findall(r"pip\S*(?: --python \S+)? install[^&]*", DOCKERFILE.replace("\\\n", " "))
    assert len(installs) == 3
    assert all(
        "--require-hashes" in line or ("--no-index" in line and "--no-deps" in line) for line in installs
    )
    assert re.findall(r"^COPY (services\S*)", DOCKERFILE, re.MULTILINE) == ["services/${SERVICE}"]

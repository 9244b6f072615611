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
# {container: the service whose image it runs}; `keys` makes a key and ends.
IMAGES = {**{name: name for name in OURS}, "worker": "jobs", "keys": "jobs"}
STAYING = sorted(IMAGES.keys() - {"keys"})
FINAL_STAGE = DOCKERFILE.split("\nFROM ")[-1]


def service(name: str) -> dict[str, Any]:
    """One service of the compose file."""
    found: dict[str, Any] = COMPOSE["services"][name]
    return found


def test_every_service_has_a_container_of_its_own_beside_broker_and_database() -> None:
    assert set(COMPOSE["services"]) == IMAGES.keys() | {"broker", "database"}
    assert {name: service(name)["build"]["args"]["SERVICE"] for name in IMAGES} == IMAGES
    assert {name for name in IMAGES if service(name)["image"] != f"netraven-{IMAGES[name]}"} == set()
    assert service("worker")["environment"]["SERVICE"] == "worker"


def test_workers_alone_can_reach_the_key_that_opens_secrets() -> None:
    private = {
        name for name in STAYING for one in service(name).get("volumes", []) if one.startswith("secret:")
    }
    assert private == {"worker"}
    named = {name: service(name)["environment"] for name in STAYING}
    assert {name for name, env in named.items() if "NETRAVEN_SECRET_KEY_FILE" in env} == {"worker"}
    assert {name for name, env in named.items() if "NETRAVEN_PUBLIC_KEY_FILE" in env} == {"devices", "jobs"}


def test_the_gateway_alone_does_not_know_where_the_database_is() -> None:
    named = {name: service(name)["environment"] for name in STAYING}
    assert {name for name, env in named.items() if "MONGODB_URI" not in env} == {"gateway"}


def test_broker_and_database_are_the_ones_that_were_agreed() -> None:
    assert [service(name)["image"] for name in ("broker", "database")] == ["rabbitmq:4-management", "mongo:8"]


def test_the_monitor_alone_may_open_raw_sockets() -> None:
    assert {name for name in COMPOSE["services"] if "cap_add" in service(name)} == {"monitor"}
    assert service("monitor")["cap_add"] == ["NET_RAW"]
    assert all(service(name)["cap_drop"] == ["ALL"] for name in IMAGES)


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_a_container_of_ours_can_change_nothing_around_it(name: str) -> None:
    assert service(name)["read_only"] is True
    wanted = "false" if name == "monitor" else "true"
    assert service(name)["security_opt"] == [f"no-new-privileges:{wanted}"]


def test_every_container_says_whether_it_is_well_and_ours_wait_for_what_they_need() -> None:
    assert all("healthcheck" in service(name) for name in ("broker", "database"))
    assert "HEALTHCHECK" in FINAL_STAGE
    waits = {name: dict(service(name)["depends_on"]) for name in STAYING}
    keyed = {name for name, on in waits.items() if on.pop("keys", None)}
    assert keyed == {"devices", "jobs", "worker"}
    wanted = {"broker": {"condition": "service_healthy"}, "database": {"condition": "service_healthy"}}
    assert {name for name, on in waits.items() if on != wanted} == set()


def test_only_those_who_talk_to_devices_or_clients_can_leave_the_inside() -> None:
    assert {name for name in IMAGES if "outside" in service(name)["networks"]} == {
        "gateway", "monitor", "worker",
    }  # fmt: skip


def test_only_the_gateway_is_published_and_only_on_this_machine() -> None:
    published = {name: service(name)["ports"] for name in COMPOSE["services"] if "ports" in service(name)}
    assert published == {"gateway": ["${NETRAVEN_PUBLISH:-127.0.0.1:8080}:8080"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_image_runs_as_nobody_special_and_carries_no_installer() -> None:
    assert re.search(r"^USER 10001$", FINAL_STAGE, re.MULTILINE)
    assert "--without-pip" in DOCKERFILE
    assert "pip install" not in FINAL_STAGE


def test_the_image_takes_only_hashed_packages_and_only_its_own_service() -> None:
    installs = re.findall(r"pip\S*(?: --python \S+)? install[^&\n]*", DOCKERFILE.replace("\\\n", " "))
    assert len(installs) == 3
    assert all(
        "--require-hashes" in line or ("--no-index" in line and "--no-deps" in line) for line in installs
    )
    assert re.findall(r"^COPY (services\S*)", DOCKERFILE, re.MULTILINE) == ["services/${SERVICE}"]


class _Merging(yaml.SafeLoader):
    """Reads Compose's words for what an override takes away: !reset and !override."""


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return None


_Merging.add_constructor("!reset", _plain)
_Merging.add_constructor("!override", _plain)


def test_with_servers_elsewhere_each_service_has_an_address_of_its_own_and_waits_for_no_server() -> None:
    text = (ROOT / "deploy" / "external.yml").read_text()
    services = yaml.load(text, _Merging)["services"]
    assert {name for name, one in services.items() if one is None} == {"broker", "database"}
    ours = {name: one for name, one in services.items() if one is not None}
    assert sorted(ours) == STAYING
    assert all(
        one["environment"]["AMQP_URI"] == f"${{{name.upper()}_AMQP_URI:?}}" for name, one in ours.items()
    )
    assert {name for name, one in ours.items() if "MONGODB_URI" not in one["environment"]} == {"gateway"}
    assert {name for name, one in ours.items() if one["depends_on"]} == {"devices", "jobs", "worker"}
    assert text.count("depends_on: !override ") == len(ours)

"""The settings table: defaults, what may be said, and that everything wrong is told at once."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netraven_chassis import datafolder, settings
from netraven_chassis.setting import SettingsError
from netraven_chassis.settings import SETTINGS, Settings


def problems_of(**env: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        settings.load(env)
    return {problem.env: str(problem) for problem in caught.value.problems}


def test_without_an_environment_everything_runs_on_this_machine_alone() -> None:
    loaded = settings.load({})
    assert (loaded.host, loaded.port, loaded.embedded, loaded.auth) == ("127.0.0.1", 8080, True, "jwt")
    assert loaded.mongodb_uri == ""
    assert (loaded.ping_interval_seconds, loaded.ping_timeout_ms) == (60.0, 1000)
    assert (loaded.ping_misses_down, loaded.ping_answers_up) == (3, 2)


def test_values_arrive_with_their_types() -> None:
    loaded = settings.load(
        {
            "NETRAVEN_TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16",
            "PING_ENABLED": "No",
            "PING_LOCATIONS": "Bern, Basel ,",
            "NETRAVEN_DATA": "~/raven",
            "AMQP_URI": "amqp://guest:guest@localhost:5672//",
        }
    )
    assert loaded.trusted_proxies == (
        ipaddress.ip_network("10.0.0.1/32"),
        ipaddress.ip_network("192.168.0.0/16"),
    )
    assert loaded.ping_enabled is False
    assert loaded.ping_locations == ("Bern", "Basel")
    assert loaded.data == Path.home() / "raven"
    assert not loaded.embedded


def test_a_value_may_differ_by_word() -> None:
    days = settings.load({"NETRAVEN_LOG_RETENTION_DAYS": "60, session=7,system=365"}).log_retention_days
    assert [days.of(word) for word in ("job", "connection", "session", "system")] == [60, 60, 7, 365]
    assert str(days) == "60,session=7,system=365"


def test_an_empty_value_counts_as_not_given() -> None:
    assert settings.load({"NETRAVEN_PORT": " ", "MONGODB_URI": ""}) == settings.load({})


def test_every_bad_value_is_told_at_once_with_reason_and_fix() -> None:
    found = problems_of(NETRAVEN_PORT="eighty", PING_ENABLED="perhaps", NETRAVEN_LOG_FORMAT="xml")
    assert set(found) == {"NETRAVEN_PORT", "PING_ENABLED", "NETRAVEN_LOG_FORMAT"}
    assert found["NETRAVEN_PORT"] == (
        "NETRAVEN_PORT=eighty: not a whole number. "
        "Use a whole number from 0 to 65535, for example NETRAVEN_PORT=8080."
    )


@pytest.mark.parametrize(
    ("env", "value"),
    [
        ("NETRAVEN_LOG_RETENTION_DAYS", "60,sesion=7"),
        ("NETRAVEN_LOG_RETENTION_DAYS", "60,session=0"),
        ("NETRAVEN_PORT", "65536"),
        ("NETRAVEN_PORT", "-1"),
        ("NETRAVEN_PORT", "8080.0"),
        ("NETRAVEN_PORT", "9" * 30),
        ("PING_INTERVAL_SECONDS", "nan"),
        ("PING_INTERVAL_SECONDS", "inf"),
        ("PING_INTERVAL_SECONDS", "0"),
        ("PING_MISSES_DOWN", "0"),
        ("NETRAVEN_DATABASE_PREFIX", "a/b"),
        ("NETRAVEN_TRUSTED_PROXIES", "proxy.example.org"),
        ("NETRAVEN_CORS_ORIGINS", "https://raven.example.org/path"),
        ("AMQP_URI", "http://localhost"),
        ("AMQP_URI", "amqp:"),
        ("MONGODB_URI", "mongodb+srv://cluster.example.org"),
        ("NETRAVEN_AUTH", "basic"),
    ],
)
def test_a_value_that_cannot_be_is_refused(env: str, value: str) -> None:
    assert set(problems_of(**{env: value})) == {env}


def test_serving_without_login_is_for_loopback_only() -> None:
    assert settings.load({"NETRAVEN_AUTH": "none", "NETRAVEN_HOST": "127.0.0.9"}).auth == "none"
    assert settings.load({"NETRAVEN_AUTH": "none", "NETRAVEN_HOST": "localhost"}).auth == "none"
    for host in ("0.0.0.0", "::", "raven.example.org"):
        assert set(problems_of(NETRAVEN_AUTH="none", NETRAVEN_HOST=host)) == {"NETRAVEN_AUTH"}


def test_a_ping_may_not_outlast_its_interval() -> None:
    assert set(problems_of(PING_INTERVAL_SECONDS="0.5", PING_TIMEOUT_MS="600")) == {"PING_TIMEOUT_MS"}


def test_passwords_appear_neither_in_problems_nor_in_what_is_shown_nor_in_the_repr() -> None:
    env = {
        "NETRAVEN_ADMIN_PASSWORD": "s3cret",
        "AMQP_URI": "amqp://raven:s3cret@broker:5672/",
        "MONGODB_URI": "mongodb://raven:s3cret@db",
    }
    loaded = settings.load(env)
    rows = {row.env: row for row in SETTINGS}
    assert rows["AMQP_URI"].show(loaded.amqp_uri) == "amqp://raven:***@broker:5672/"
    assert rows["NETRAVEN_ADMIN_PASSWORD"].show(loaded.admin_password) == "***"
    assert "s3cret" not in repr(loaded)
    assert "s3cret" not in str(problems_of(AMQP_URI="http://raven:s3cret@broker"))


def test_a_misspelt_setting_is_told_and_a_stranger_is_left_alone() -> None:
    env = {
        "NETRAVEN_PROT": "80",
        "NETRAVEN_GATEWAY_SERVICE_HOST": "10.0.0.1",
        "PING_ENABLE": "no",
        "HOME": "/",
        "NETRAVEN_URL": "u",
        "NETRAVEN_TOKEN": "t",
    }
    assert settings.misspelt(env) == {"NETRAVEN_PROT": "NETRAVEN_PORT", "PING_ENABLE": "PING_ENABLED"}


def test_every_row_has_a_description_a_readable_default_and_a_variable_of_its_own() -> None:
    assert len({row.env for row in SETTINGS}) == len(SETTINGS)
    for row in SETTINGS:
        assert row.description and row.show(row.read("")) is not None


def test_data_lies_in_the_checkout_and_elsewhere_where_xdg_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load({}).data.name == ".data"
    monkeypatch.setattr(
        datafolder, "__file__", "/usr/lib/python3/dist-packages/netraven_chassis/datafolder.py"
    )
    monkeypatch.setenv("XDG_DATA_HOME", "/var/lib/me")
    assert settings.load({}).data == Path("/var/lib/me/netraven")


def test_settings_in_force_are_those_last_used(settings_for: Callable[..., Settings]) -> None:
    settings_for(NETRAVEN_PORT="9")
    assert settings.current().port == 9


def test_a_process_takes_its_settings_from_its_environment() -> None:
    script = "from netraven_chassis import settings; print(settings.current().port)"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"NETRAVEN_PORT": "81"}, capture_output=True, check=True
    )
    assert done.stdout == b"81\n"

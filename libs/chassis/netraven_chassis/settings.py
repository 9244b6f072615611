"""The settings in force: the table's rows read from the environment, and from nowhere else.

Nothing is decided here beyond whether a value can be right.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from netraven_chassis.setting import Problem
from netraven_chassis.setting import SettingsError as SettingsError
from netraven_chassis.settings_table import SETTINGS as SETTINGS
from netraven_chassis.settings_table import Settings as Settings
from netraven_chassis.values import is_loopback


def load(env: Mapping[str, str]) -> Settings:
    """The settings that `env` asks for; an empty value counts as not given.

    Raises SettingsError naming every value that cannot be, with the reason and the fix.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for one in SETTINGS:
        text = env.get(one.env, "").strip()
        try:
            values[one.name] = one.read(text)
        except ValueError as error:
            problems.append(one.problem(text, str(error)))
    if not problems:
        problems = [found for rule in RULES for found in rule(Settings(**values))]
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def _open_without_login(settings: Settings) -> list[Problem]:
    if settings.auth != "none" or is_loopback(settings.host):
        return []
    reason = f"without log-in, {settings.host} would let the whole network in"
    return [Problem("NETRAVEN_AUTH", "none", reason, "Use NETRAVEN_AUTH=jwt, or NETRAVEN_HOST=127.0.0.1.")]


def _endless_probe(settings: Settings) -> list[Problem]:
    if settings.ping_timeout_ms <= settings.ping_interval_seconds * 1000:
        return []
    reason = "a ping may take longer than the interval between two"
    fix = f"Use at most {int(settings.ping_interval_seconds * 1000)}, or a longer PING_INTERVAL_SECONDS."
    return [Problem("PING_TIMEOUT_MS", str(settings.ping_timeout_ms), reason, fix)]


RULES: tuple[Callable[[Settings], list[Problem]], ...] = (_open_without_login, _endless_probe)


def misspelt(env: Mapping[str, str]) -> dict[str, str]:
    """Variables that nothing reads but that look like a setting, each with the one probably meant."""
    known = [one.env for one in SETTINGS]
    stems = ("NETRAVEN_", "PING_", "AMQP_", "MONGO")
    strangers = [name for name in env if name.startswith(stems) and name not in known]
    close = {name: get_close_matches(name, known, n=1, cutoff=0.85) for name in strangers}
    return {name: found[0] for name, found in close.items() if found}


_in_force: list[Settings] = []


def current() -> Settings:
    """The settings in force: those last given to `use`, else the environment's (SettingsError when bad)."""
    if not _in_force:
        use(load(os.environ))
    return _in_force[-1]


def use(settings: Settings) -> None:
    """Put `settings` in force for this process."""
    _in_force[:] = [settings]

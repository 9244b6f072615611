"""Every setting of the system, in one table: name, what it may be, what it is when nobody says, what it does.

Its rows stand by their subjects in settings_system.py and settings_jobs.py, new ones at the end of theirs.
What a setting causes stands where it is used; how the table is read stands in settings.py.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from netraven_chassis.setting import Setting, row
from netraven_chassis.settings_jobs import JobSettings
from netraven_chassis.values import TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(JobSettings):
    """The table, whole. Each row reads: variable, kind, default, unit, what it does."""

    password_key_file: str = row(
        "NETRAVEN_PASSWORD_KEY_FILE",
        TEXT,
        "",
        "",
        "private key (JWK, EC P-256) that people's passwords are sealed for on the bus; empty: one is made",
    )

    @property
    def embedded(self) -> bool:
        """Whether all services share one process, because no broker is named."""
        return not self.amqp_uri


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(name=one.name, **one.metadata["row"]) for one in fields(Settings)
)

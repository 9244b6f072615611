"""Whether there is a system where the settings say, asked before anything is done to one. Makes nothing."""

from __future__ import annotations

from netraven_chassis.settings import Settings


class NoSystem(Exception):
    """No system has run where the settings say; the message says what cannot be done and what to set."""


def is_new(wanted: Settings) -> bool:
    """Whether the system of these settings has a private database that is not there yet."""
    return not wanted.mongodb_uri and not (wanted.data / "db").exists()


def require(wanted: Settings, wish: str) -> Settings:
    """The settings, when there is a system where they say, on which `wish` can be done. Raises NoSystem
    otherwise: an empty one would be made, and all would seem to have gone well.
    """
    if not is_new(wanted):
        return wanted
    where = f"NETRAVEN_DATA is {wanted.data}, where no system has run"
    raise NoSystem(f"cannot {wish}: {where}; set it, or MONGODB_URI, as the system has it")

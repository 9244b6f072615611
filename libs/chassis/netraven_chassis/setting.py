"""What a setting is: a row of the table, how its text is read and how shown. No setting is named here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from netraven_chassis.values import Kind, without_password


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be: which, why, and what to write instead."""

    env: str
    value: str
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"{self.env}={self.value}: {self.reason}. {self.fix}"


class SettingsError(Exception):
    """Settings that cannot be; `problems` has all of them, `str()` one a line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: attribute, variable, what it may be, its default as text, its unit and what it does."""

    name: str
    env: str
    kind: Kind
    default: str | Callable[[], str]
    unit: str
    description: str
    secret: bool = False
    address: bool = False

    def default_text(self) -> str:
        """The default as one would write it into the environment."""
        return self.default if isinstance(self.default, str) else self.default()

    def read(self, text: str) -> Any:
        """The value of `text`, or of the default when it is empty; ValueError says why it cannot be."""
        text = text or self.default_text()
        # An address has no empty form to be parsed, yet empty has a meaning of its own: the built-in one.
        return "" if self.address and not text else self.kind.parse(text)

    def show(self, value: Any) -> str:
        """A value as it may be shown: secrets as stars, addresses without their password."""
        if self.secret:
            return "***" if value else ""
        if self.address:
            return without_password(value)
        if isinstance(value, tuple):
            return ",".join(str(one) for one in value)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def problem(self, text: str, reason: str) -> Problem:
        """What is to be said about a `text` that cannot be."""
        example = f", for example {self.env}={self.default_text()}" if self.default_text() else ""
        return Problem(self.env, self.show(text), reason, f"Use {self.kind.wanted}{example}.")


def row(
    env: str, kind: Kind, default: str | Callable[[], str], unit: str, description: str, **flags: bool
) -> Any:
    """A field of the settings' dataclass that is a row of the table as well. Secrets stay out of its repr."""
    made = {"env": env, "kind": kind, "default": default, "unit": unit, "description": description, **flags}
    return field(metadata={"row": made}, repr=not flags)

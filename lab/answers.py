"""What devices answer to commands that only ask for facts. No configurations.

What a platform says of itself stands in `facts/`, a line `### command` before each answer; fakenos knows the
rest.
Its files are read when first asked: they are large, and most sessions ask for none of it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import fakenos  # type: ignore[import-untyped]
import yaml

_FOLDER = Path(fakenos.__file__).parent / "plugins" / "nos" / "platforms_yaml"
_OURS = Path(__file__).parent / "facts"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _commands(platform: str) -> dict[str, dict[str, Any]]:
    with (_FOLDER / f"{platform}.yaml").open(encoding="utf-8") as file:
        # fakenos's own way reads the same at a tenth of the speed.
        read = yaml.load(file, Loader=_LOADER)  # noqa: S506 - a safe loader, the one in C
    commands: dict[str, dict[str, Any]] = read["commands"]
    return commands


@cache
def own(platform: str) -> dict[str, str]:
    """{command: answer} of those that stand here; {name} and {serial} are the device's."""
    path = _OURS / f"{platform}.txt"
    parts = path.read_text().split("### ")[1:] if path.exists() else []
    return {command: answer.strip("\n") for command, _, answer in (part.partition("\n") for part in parts)}


def answer_of(platform: str, command: str) -> str | None:
    """What a device of the platform answers by fakenos, None when it does not know the command.

    A filter that only turns paging off, or a leading slash, makes no difference.
    """
    commands = _commands(platform)
    bare = command.removesuffix(" | no-more").removeprefix("/")
    for name in (command, bare):
        output = commands.get(name, {}).get("output")
        if isinstance(output, str):
            return output.strip("\n")
    return None

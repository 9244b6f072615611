"""Words of a command line that are values as they stand. What must be made of any other word, and what is
said of a wrong one, is typer's business: it reads pydantic for that, which takes longer than most commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from typer.core import TyperArgument, TyperOption

_DIGITS = 9  # a number with more of them is left to typer


class Coercion:
    """How a parameter gets its value: from the words themselves, else from what `typers()` gives for it."""

    def __init__(self, annotation: Any, typers: Callable[[], Any]) -> None:
        self._annotation = annotation
        self._typers = typers

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """What the command is called with, for a word, for several of them, or for a default."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        wanted = get_args(self._annotation)[0] if several else self._annotation
        values = [_number(word, wanted, param) for word in (value if several else (value,))]
        if all(type(one) is wanted for one in values):
            return values if several else values[0]
        return self._typers().coerce(value, param=param, ctx=ctx)


def _number(word: Any, wanted: Any, param: Any) -> Any:
    """The number that the word is, the word itself where it is none or not one that may be."""
    plain = wanted is int and isinstance(word, str) and word.isascii() and word.isdigit()
    if not plain or len(word) > _DIGITS:
        return word
    low, high = (-1 if param.min is None else param.min), param.max
    return int(word) if int(word) >= low and (high is None or int(word) <= high) else word


class _Option(TyperOption):
    def get_runtime_param(self) -> Any:
        return Coercion(self.type_descriptor.annotation, super().get_runtime_param)


class _Argument(TyperArgument):
    def get_runtime_param(self) -> Any:
        return Coercion(self.type_descriptor.annotation, super().get_runtime_param)


def sparing(parameters: list[Any]) -> list[Any]:
    """These parameters of typer's; they ask typer now only where there is something to be made of a word."""
    for parameter in parameters:
        parameter.__class__ = _Option if isinstance(parameter, TyperOption) else _Argument
    return parameters

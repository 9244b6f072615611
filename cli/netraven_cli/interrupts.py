"""What a command says when Ctrl-C ends it in the middle. It is printed, and the exit status made, where all
commands end (commands.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def telling(told: Callable[[], str]) -> Iterator[None]:
    """Within it, Ctrl-C ends the command with the line that `told()` makes then."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(told()) from None

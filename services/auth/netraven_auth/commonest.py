"""The commonest passwords, from the lists that zxcvbn keeps (MIT licence). Nothing is decided here.

Its 30,000 passwords, the commonest of several leaks, lack those that are also names or words of its other
lists, so all lists together are taken.
"""

from __future__ import annotations

from functools import cache

from netraven_auth.policy import SHORTEST


@cache
def commonest() -> frozenset[str]:
    """The commonest passwords in lower case, as far as they are long enough to be set at all."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    words = (word for words in FREQUENCY_LISTS.values() for word in words)
    return frozenset(word.casefold() for word in words if len(word) >= SHORTEST)

"""A server's address in its one form."""

from __future__ import annotations

import pytest

from netraven_cli.addresses import is_loopback, is_plain, normal
from netraven_cli.exits import Exit, Stop


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://raven.example.org", "https://raven.example.org"),
        ("https://raven.example.org/api/", "https://raven.example.org"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        (" http://[::1]:8080/ ", "http://[::1]:8080"),
        ("https://example.org/raven/api", "https://example.org/raven"),
    ],
)
def test_an_address_is_taken_as_people_write_it(given: str, meant: str) -> None:
    assert normal(given) == meant


@pytest.mark.parametrize("given", ["", "ftp://raven", "http://", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(Stop) as caught:
        normal(given)
    assert caught.value.exit is Exit.USAGE


def test_a_password_is_readable_on_the_way_only_to_another_machine_without_tls() -> None:
    assert is_plain("http://raven.example.org") and not is_plain("https://raven.example.org")
    assert (
        not is_plain("http://127.0.0.9:1")
        and not is_plain("http://localhost")
        and is_loopback("http://[::1]")
    )

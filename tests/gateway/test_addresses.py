"""Whose request it is, behind proxies and forgeries."""

from __future__ import annotations

import ipaddress

import pytest

from netraven_gateway.addresses import client_address

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")]


def seen(peer: str, forwarded: str | None = None) -> str:
    environ = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_address(environ, PROXIES)


def test_without_a_trusted_proxy_the_peer_is_the_client() -> None:
    assert seen("192.0.2.1", "198.51.100.7") == "192.0.2.1"
    assert client_address({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.9"}, []) == "10.0.0.1"


def test_a_trusted_proxy_says_who_the_client_is() -> None:
    assert seen("10.0.0.1", "192.0.2.9") == "192.0.2.9"
    assert seen("10.0.0.1", "192.0.2.9, 10.0.0.2") == "192.0.2.9"


def test_what_the_client_forged_in_front_is_not_believed() -> None:
    assert seen("10.0.0.1", "127.0.0.1, 192.0.2.9") == "192.0.2.9"


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("192.0.2.9:4711", "192.0.2.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
    ],
)
def test_a_hop_may_be_written_in_many_ways(hop: str, address: str) -> None:
    assert seen("10.0.0.1", hop) == address


def test_a_hop_that_is_none_ends_the_chain_at_the_proxy() -> None:
    assert seen("10.0.0.1", "unknown") == "10.0.0.1"
    assert seen("10.0.0.1", "") == "10.0.0.1"
    assert seen("10.0.0.1") == "10.0.0.1"


def test_an_ipv4_peer_of_a_dual_listener_is_the_same_peer() -> None:
    assert seen("::ffff:10.0.0.1", "192.0.2.9") == "192.0.2.9"

"""The fleet of these figures: loopback addresses, as many as wanted. Nothing is sent from here."""

from __future__ import annotations


def loopback(count: int) -> list[str]:
    """`count` addresses from 127.0.0.1 on, without those that end in 0 or 255."""
    return [f"127.{n // 254 >> 8}.{n // 254 & 255}.{n % 254 + 1}" for n in range(count)]

"""A message as a consumer gets it, the same from both transports. Not decoded, and nothing is done with it
here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Message:
    """Bytes, properties under py-amqp's names, and where it came from.

    py-amqp's own messages, which carry bodies of several frames, have the same attributes.
    """

    __slots__ = (
        "body",
        "channel",
        "consumer_tag",
        "delivery_tag",
        "exchange",
        "properties",
        "redelivered",
        "routing_key",
    )

    def __init__(
        self,
        channel: Any,
        body: bytes,
        properties: Mapping[str, Any],
        consumer_tag: str,
        delivery_tag: int,
        redelivered: bool,
        exchange: str,
        routing_key: str,
    ) -> None:
        self.channel = channel
        self.body = body
        self.properties = properties
        self.consumer_tag = consumer_tag
        self.delivery_tag = delivery_tag
        self.redelivered = redelivered
        self.exchange = exchange
        self.routing_key = routing_key

    @property
    def headers(self) -> Mapping[str, Any] | None:
        """The application's headers."""
        return self.properties.get("application_headers")

    @property
    def delivery_info(self) -> dict[str, Any]:
        """Where it came from, in kombu's form."""
        return {
            "consumer_tag": self.consumer_tag,
            "delivery_tag": self.delivery_tag,
            "redelivered": self.redelivered,
            "exchange": self.exchange,
            "routing_key": self.routing_key,
        }

"""How services reach each other: calls, news, heartbeats, over RabbitMQ or in memory. No business words."""

from netraven_chassis.bus import context
from netraven_chassis.bus.client import RpcClient
from netraven_chassis.bus.reply import Reply
from netraven_chassis.bus.rpc import rpc

__all__ = ["Reply", "RpcClient", "context", "rpc"]

"""How services reach each other: calls, news, heartbeats, over RabbitMQ or in memory. No business words."""

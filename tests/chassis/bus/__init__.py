"""Tests of the bus: each over RabbitMQ and in memory, unless conftest.py says why not."""

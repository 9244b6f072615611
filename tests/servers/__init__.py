"""Private RabbitMQ and MongoDB servers on free ports, for tests, the bench and the system tests.

They know nothing of pytest and nothing of NetRaven's services, and leave nothing running.
"""

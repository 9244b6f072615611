"""Tests, laid out like the code that they test. Real brokers, databases and sockets; no mocks."""

"""A service for the tests of whatever runs services. It is found by its module's name."""

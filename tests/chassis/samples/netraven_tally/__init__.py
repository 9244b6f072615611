"""A service with a store, for the tests of whatever runs services."""

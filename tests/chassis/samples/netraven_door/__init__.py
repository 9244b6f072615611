"""A service that answers HTTP, for the tests of whoever waits for one."""

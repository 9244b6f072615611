"""Load over HTTP: closed loops by wrk, open loops by our own generator, each in a process of its own."""

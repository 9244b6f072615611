"""Sweeps measured: the engine beside fping and icmplib, and a whole round beside the probing and the
writing in it.

Load goes to loopback addresses only. Ours runs with eventlet's patch, as the service does.
"""

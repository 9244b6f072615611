"""A lab: simulated network devices of many platforms on loopback addresses, with real SSH.

For whoever wants to see the system at work, and for its tests. Nothing of the system itself is here.
"""

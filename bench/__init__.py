"""Figures about NetRaven, each measured beside a peer in the same run on the same machine: `make bench`.

One module for each subject, peers/ for what we are compared with. Nothing here is imported by what runs.
"""

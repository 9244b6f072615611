"""Reachability: who is asked, who answered, and what follows from it. No inventory, no HTTP."""

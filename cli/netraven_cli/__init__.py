"""The `netraven` command: one-machine mode, and a client for people and scripts. No business rules."""

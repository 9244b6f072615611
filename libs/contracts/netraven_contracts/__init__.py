"""What NetRaven's services say to each other: errors, bodies, answers, events. No I/O, no rules."""

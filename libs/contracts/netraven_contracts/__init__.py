"""What NetRaven's services say to each other: errors, bodies, answers, events. No I/O and no rules live here."""

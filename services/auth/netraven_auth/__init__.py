"""NetRaven's users: who they are, what they may do, how they prove it. No route and no HTTP lives here."""

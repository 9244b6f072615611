"""The gateway: NetRaven's one HTTP door. It translates; no rule of the business and no database is here."""

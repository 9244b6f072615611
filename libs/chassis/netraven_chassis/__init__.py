"""How a NetRaven service stores, publishes, answers and runs. No business word enters here."""

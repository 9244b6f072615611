"""The log of what happened: commits as documents, numbered without a gap. No views and no rules live here."""

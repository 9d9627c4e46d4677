"""The report after the call."""

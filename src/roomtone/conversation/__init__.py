"""Turns and figures, folded from events."""

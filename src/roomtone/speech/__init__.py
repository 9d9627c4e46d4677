"""From samples to words and readings."""

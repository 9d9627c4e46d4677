"""Microphones and what outputs play, on each system."""

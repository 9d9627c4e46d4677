"""Roomtone listens to both sides of a sales call, on the seller's own machine, and helps."""

__version__ = "0.1.0"

"""Calls from files: decoded, laid out as sides, at call speed, to be heard."""

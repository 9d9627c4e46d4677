"""The overlay and its plain-line twin."""

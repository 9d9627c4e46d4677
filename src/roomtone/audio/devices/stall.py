"""How long a device has given nothing at all."""

from typing import Final

LONGEST_PAUSE_S: Final = 0.5
"""Whoever reads does so many times a second; more than this between two reads is our own standing still."""


class Stall:
    """Counts the time in which a device was asked and gave nothing, not even zeros.

    The time in which nobody asked does not count: this process was stopped, or the computer asleep.
    """

    def __init__(self, now_s: float) -> None:
        self._asked_s = now_s
        self._lasted_s = 0.0

    def asked(self, now_s: float, *, gave: bool) -> float:
        """Note a read and whether it gave anything; return how long nothing came, in s."""
        if gave:
            self._lasted_s = 0.0
        else:
            self._lasted_s += min(now_s - self._asked_s, LONGEST_PAUSE_S)
        self._asked_s = now_s
        return self._lasted_s

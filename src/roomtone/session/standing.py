"""Troubles of a call that come and go: what they are called, when they are told and when taken back."""

from dataclasses import dataclass

from roomtone.events import CaveatNoted, CaveatWithdrawn, Event

MINUTE_S = 60
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps something from being written for a while, in words for the user."""

    code: str
    reason: str
    """Begins a sentence."""
    advice: str
    """Ends it."""


DISK_FULL = Obstacle("disk_full", "The disk is full", "free some space")
DISK_FAILING = Obstacle("disk_failing", "The disk takes nothing", "see that it is connected and has room")


class StandingCaveat:
    """Follows one trouble and turns its beginning and its end into events."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._stands = False

    def follow(self, message: str, t_s: float) -> tuple[Event, ...]:
        """Return what to publish, given what is wrong at ``t_s`` in words for the user, empty for nothing.

        While the trouble lasts, its first message stands.
        """
        if bool(message) == self._stands:
            return ()
        self._stands = bool(message)
        if message:
            return (CaveatNoted(t_s=t_s, code=self._code, message=message),)
        return (CaveatWithdrawn(t_s=t_s, code=self._code),)


def call_time(at_s: float) -> str:
    """Return a time of the call as ``4:05`` or ``1:04:05``."""
    whole_s = int(at_s)
    minutes, seconds = whole_s // MINUTE_S, whole_s % MINUTE_S
    if whole_s < HOUR_S:
        return f"{minutes}:{seconds:02}"
    return f"{whole_s // HOUR_S}:{minutes % MINUTE_S:02}:{seconds:02}"

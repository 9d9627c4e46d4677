"""Who has the floor: turns, backchannels and monologues from the voice activity of two sides.

The floor belongs to a side from the start of its speech until the other side has taken it or both
have been silent. Speech shorter than ``backchannel_s`` ("mm-hm", a cough) takes nothing from a side
that holds the floor. All transitions happen at times computed from the events, so that advancing in
small steps or at once gives the same floor.
"""

from dataclasses import dataclass, replace

from roomtone.config.conversation import ConversationSettings
from roomtone.types import Speaker

OVERLAP_OF_INTERRUPTION_S = 0.5
"""Turns often overlap by a few tenths of a second in easy talk; half a second more cuts somebody off."""
REACTION_GAP_S = 1.0
"""Bursts into somebody's speech further apart than this are separate backchannels, not one attempt at the
floor. Bursts into a silence add up, for nobody else is talking."""
END_KNOWN_AFTER_S = 0.35
"""An end of speech is known once a pause is too long to be bridged (0.3 s) and its 16 ms step is over:
until then a burst just under ``backchannel_s`` looks like a longer one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Speech of the side that does not have the floor."""

    speaker: Speaker
    start_s: float
    spoken_s: float = 0.0
    open_since_s: float | None = None
    last_end_s: float = 0.0
    overlap_s: float = 0.0
    """How long the holder of the floor went on speaking after the attempt began."""


@dataclass(frozen=True, slots=True)
class ClosedTurn:
    """A turn whose bounds are settled; its words may still be on their way."""

    speaker: Speaker
    start_s: float
    end_s: float
    floor_transfer_offset_s: float | None
    overlap_s: float
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Monologue:
    """A run of one side's speech that nobody else took the floor from."""

    speaker: Speaker
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Seconds from first to last word, pauses included."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor at one moment. Immutable; every method returns the next floor."""

    settings: ConversationSettings = ConversationSettings()
    holder: Speaker | None = None
    turn_start_s: float = 0.0
    speaking_since_s: float | None = None
    """Start of the holder's speech going on, None in a pause."""
    last_end_s: float = 0.0
    """End of the holder's last finished speech."""
    offset_s: float | None = None
    overlap_s: float = 0.0
    """How long the turn going on began before the other side had stopped."""
    attempt: Attempt | None = None
    previous: ClosedTurn | None = None
    monologue: Monologue | None = None
    closed: tuple[ClosedTurn, ...] = ()
    """Turns that ended and were not yet announced, oldest first."""
    longest: tuple[tuple[Speaker, float], ...] = ()
    """Longest finished or running monologue of each side that has spoken, in seconds."""

    @property
    def speaking(self) -> bool:
        """Whether the holder is speaking right now."""
        return self.speaking_since_s is not None

    def started(self, speaker: Speaker, start_s: float) -> "Floor":
        """Return the floor after ``speaker`` began to speak at ``start_s``."""
        if self.holder is None:
            return self._take(speaker, start_s, speaking_since_s=start_s)
        if speaker == self.holder:
            monologue = self._monologue_from(speaker, start_s)
            return replace(self, speaking_since_s=start_s, monologue=monologue)
        attempt = self.attempt
        if attempt is None or (self.speaking and start_s - attempt.last_end_s > REACTION_GAP_S):
            attempt = Attempt(speaker, start_s)
        return replace(self, attempt=replace(attempt, open_since_s=start_s))

    def ended(self, speaker: Speaker, start_s: float, end_s: float) -> "Floor":
        """Return the floor after ``speaker`` stopped, having spoken from ``start_s`` to ``end_s``."""
        if speaker == self.holder:
            floor = replace(self, speaking_since_s=None, last_end_s=end_s)._extend_monologue(end_s)
            if floor.attempt is None:
                return floor
            attempt = floor.attempt
            if attempt.open_since_s is None and attempt.last_end_s <= end_s:
                return replace(floor, attempt=None)
            overlap_s = max(0.0, end_s - max(attempt.start_s, start_s))
            return replace(floor, attempt=replace(attempt, overlap_s=overlap_s))
        if self.attempt is None:
            return self
        spoken_s = self.attempt.spoken_s + end_s - start_s
        return replace(
            self, attempt=replace(self.attempt, spoken_s=spoken_s, open_since_s=None, last_end_s=end_s)
        )

    def advanced(self, now_s: float) -> "Floor":
        """Return the floor at ``now_s``, with every transition that time alone brings about."""
        floor = self
        while (following := floor._next_transition(now_s)) is not None:
            floor = following
        return floor

    def announced(self) -> "Floor":
        """Return the floor with its oldest closed turn handed out."""
        return replace(self, closed=self.closed[1:])

    def longest_s(self, speaker: Speaker) -> float:
        """Return the longest monologue of a side so far, in seconds up to its last finished speech."""
        return dict(self.longest).get(speaker, 0.0)

    def monologue_s(self, speaker: Speaker, now_s: float) -> float:
        """Return how long ``speaker`` has been holding forth at ``now_s``; 0 when somebody else is."""
        run = self.monologue
        if run is None or run.speaker != speaker or self.holder not in (speaker, None):
            return 0.0
        if self.speaking and self.holder == speaker:
            return now_s - run.start_s
        return run.duration_s if now_s - run.end_s < self.settings.monologue_break_s else 0.0

    def _next_transition(self, now_s: float) -> "Floor | None":
        if self.holder is None:
            return None
        attempt = self.attempt
        if attempt is not None and self._takes_floor(attempt, now_s):
            return self._pass_to(attempt)
        if self.speaking or (attempt is not None and attempt.open_since_s is not None):
            return None
        last_end_s = max(self.last_end_s, attempt.last_end_s if attempt else 0.0)
        if now_s < last_end_s + self.settings.turn_silence_s:
            return None
        if attempt is not None:
            return self._pass_to(attempt)
        return self._close()

    def _takes_floor(self, attempt: Attempt, now_s: float) -> bool:
        """Return whether the attempt was long enough before the holder, if at all, spoke again."""
        missing_s = self.settings.backchannel_s - attempt.spoken_s
        if attempt.open_since_s is None:
            long_enough_at_s = attempt.last_end_s + missing_s
            known = missing_s <= 0
        else:
            long_enough_at_s = attempt.open_since_s + missing_s
            known = now_s >= long_enough_at_s + END_KNOWN_AFTER_S
        return known and (self.speaking_since_s is None or self.speaking_since_s >= long_enough_at_s)

    def _take(self, speaker: Speaker, start_s: float, *, speaking_since_s: float | None) -> "Floor":
        offset_s = None
        if self.previous is not None and self.previous.speaker != speaker:
            offset_s = round(start_s - self.previous.end_s, 4)
        return replace(
            self,
            holder=speaker,
            turn_start_s=start_s,
            speaking_since_s=speaking_since_s,
            last_end_s=start_s,
            offset_s=offset_s,
            overlap_s=0.0,
            attempt=None,
            monologue=self._monologue_from(speaker, start_s),
        )

    def _monologue_from(self, speaker: Speaker, start_s: float) -> Monologue:
        run = self.monologue
        if run is None or run.speaker != speaker or start_s - run.end_s >= self.settings.monologue_break_s:
            return Monologue(speaker, start_s, start_s)
        return run

    def _pass_to(self, attempt: Attempt) -> "Floor":
        rival = None
        if self.holder is not None and self.speaking_since_s is not None:
            overlap_s = max(0.0, attempt.last_end_s - self.speaking_since_s)
            rival = Attempt(
                self.holder, self.speaking_since_s, open_since_s=self.speaking_since_s, overlap_s=overlap_s
            )
        floor = replace(
            self._close()._take(attempt.speaker, attempt.start_s, speaking_since_s=attempt.open_since_s),
            attempt=rival,
            overlap_s=attempt.overlap_s,
            last_end_s=max(attempt.last_end_s, attempt.start_s),
        )
        return floor._extend_monologue(floor.last_end_s)

    def _close(self) -> "Floor":
        assert self.holder is not None  # noqa: S101 - only a held floor is closed
        turn = ClosedTurn(
            self.holder,
            self.turn_start_s,
            self.last_end_s,
            self.offset_s,
            round(self.overlap_s, 4),
            interrupted=self.overlap_s >= OVERLAP_OF_INTERRUPTION_S,
        )
        return replace(self, holder=None, speaking_since_s=None, previous=turn, closed=(*self.closed, turn))

    def _extend_monologue(self, end_s: float) -> "Floor":
        if self.monologue is None or self.monologue.speaker != self.holder:
            return self
        run = replace(self.monologue, end_s=max(self.monologue.end_s, end_s))
        longest = dict(self.longest)
        longest[run.speaker] = max(longest.get(run.speaker, 0.0), run.duration_s)
        return replace(self, monologue=run, longest=tuple(longest.items()))

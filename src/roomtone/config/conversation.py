"""The settings of turns, figures and what is made of the words."""

from typing import Annotated

import msgspec

from roomtone.config.fields import Positive, Table

MOST_POINTS = 12
"""More cannot be kept in view during a call."""
MOST_POINT_CHARACTERS = 160
"""A point is a line; what is longer is notes, or another file."""

AgendaLine = Annotated[str, msgspec.Meta(max_length=MOST_POINT_CHARACTERS)]


class PhaseSettings(Table, frozen=True, kw_only=True):
    """Where a call is (``[conversation.phases]``)."""

    early_s: Positive = 60.0
    """A pitch before this is an early one."""


class PushBackSettings(Table, frozen=True, kw_only=True):
    """Answering push-back (``[conversation.pushback]``)."""

    patience_s: Positive = 1.5
    """A good pause before answering push-back (secondary sources citing Gong)."""
    acknowledge_within_s: Positive = 20.0
    """Room that is made later than this into the answer was not made first."""
    acknowledgements: tuple[str, ...] = (
        "If I were you I'd feel the same way.",
        "That makes sense.",
    )
    """The seller's own words for making room (T6); the nudge shows them, and saying them counts."""


class PromiseSettings(Table, frozen=True, kw_only=True):
    """What may be promised (``[conversation.promises]``)."""

    safe: tuple[str, ...] = ()
    """What the organisation delivers anyway, such as "send the proposal"; a promise with all the words of
    one of these is safe. Empty means that no list was made, and no promise is called unsafe."""


class AgendaSettings(Table, frozen=True, kw_only=True):
    """The seller's points (``[conversation.agenda]``)."""

    points: Annotated[tuple[AgendaLine, ...], msgspec.Meta(max_length=MOST_POINTS)] = ()
    """The agenda of a call without one of its own; a playbook's template. A point may end in words one of
    which must be said for it: "Who decides (key words: sign off, budget)"."""


class ConversationSettings(Table, frozen=True, kw_only=True):
    """Turns and figures (``[conversation]``)."""

    window_s: Positive = 300.0
    """The moving window of the talk share: five minutes, the one the coaching figures speak of."""
    backchannel_s: Positive = 1.0
    """Shorter speech ("mm-hm", a cough) does not take the floor."""
    turn_silence_s: Positive = 2.0
    """Silence of both sides after which a turn is over although nobody took the floor."""
    monologue_break_s: Positive = 5.0
    """A silence this long ends a monologue: whoever wanted to speak could have."""
    min_speech_s: Positive = 10.0
    """No talk share is shown before each side has been heard this long."""
    fillers: tuple[str, ...] = ("um", "uh", "er", "erm", "uhm", "you know", "i mean", "basically", "like")
    """Words that say nothing. Whisper leaves most of the "um"s out, so few are ever counted."""
    phases: PhaseSettings = PhaseSettings()
    pushback: PushBackSettings = PushBackSettings()
    promises: PromiseSettings = PromiseSettings()
    agenda: AgendaSettings = AgendaSettings()

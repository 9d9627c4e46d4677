"""What a rule is: it looks at the conversation and says what it would say."""

from dataclasses import dataclass
from typing import Literal, Protocol

from roomtone.conversation.state import Conversation

MOST_CHARACTERS = 60
"""A nudge is read in a glance or not at all."""

Severity = Literal["quiet", "strong", "good"]


@dataclass(frozen=True, slots=True)
class Signal:
    """What a rule has to say right now.

    With an empty ``moment`` it is about a condition that holds at present, and is taken back when it
    no longer does. With a ``moment`` it is about something that happened at ``cause_s``, is said once,
    and not at all when it would come too late.
    """

    severity: Severity
    message: str
    evidence: str
    moment: str = ""
    cause_s: float = 0.0


class Rule(Protocol):
    """One kind of nudge. Pure: the same state gives the same signal."""

    name: str
    sustain_s: float
    """How long a condition must hold before it is said."""
    about_own_turn: bool
    """Whether it may appear in the first seconds of a turn of the seller."""

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        """Return what there is to say; ``showing`` tells whether this rule's nudge is on the screen."""
        ...

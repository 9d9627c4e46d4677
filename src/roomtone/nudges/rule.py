"""What a rule is: it looks at the conversation and says what it would say."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from roomtone.conversation.state import Conversation
from roomtone.types import Phase

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
    variants: tuple[str, ...] = ()
    """Other words for ``message``, taken in turn so that none wears out."""


class Rule(ABC):
    """One kind of nudge. Pure: the same state gives the same signal, however often it is asked.

    A subclass sets ``name`` and answers :meth:`evaluate`; the rest has defaults.
    """

    name: str
    """Of the kind, in small letters and underscores: the seller mutes, marks and switches it off by this."""
    priority: int = 50
    """Of several that could speak the highest does; 0 to 100."""
    sustain_s: float = 0.0
    """How long a condition must hold before it is said."""
    about_own_turn: bool = False
    """Whether it may appear in the first seconds of a turn of the seller."""
    phases: frozenset[Phase] = frozenset(Phase)
    """Where in a call it may speak."""

    @abstractmethod
    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:
        """Return what there is to say; ``showing`` tells whether this rule's nudge is on the screen."""

    def figures(self, state: Conversation) -> str:  # noqa: ARG002 - a rule may have none
        """Return the figures this rule goes by at this moment, in words, for explaining it."""
        return ""

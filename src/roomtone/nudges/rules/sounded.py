"""Rules on how the customer sounded, a kind a state (T1)."""

from roomtone.config.nudges import SoundedNudge
from roomtone.conversation.state import Conversation
from roomtone.nudges.rule import Rule, Signal
from roomtone.types import Label

WHAT_TO_DO = {
    Label.GUARDED: ("Ask how they feel about it.", "Ask what's behind it."),
    Label.UPSET: ("Pause, and acknowledge it first.", "Make room for it first."),
    Label.DEFEATED: ("Ask what makes it hard.", "Ask what would help."),
    Label.EXCITED: ("Ask what they like about it.", "Stay with it: ask more."),
    Label.CONFIDENT: ("Ask what makes them sure.", "Ask what decided it."),
}
"""After T1, T5 and T6 of the teaching: name the state by asking, make room, then go on. A state that is not
here (neutral, cannot tell) asks for nothing, whatever the settings list."""
PRIORITIES = {Label.UPSET: 90, Label.GUARDED: 72, Label.DEFEATED: 71, Label.EXCITED: 58, Label.CONFIDENT: 30}


class SoundedRule(Rule):
    """How the customer sounded, when it calls for something."""

    def __init__(self, label: Label, settings: SoundedNudge) -> None:
        self.name = f"sounded_{label.value}"
        self.priority = PRIORITIES[label]
        self._label = label
        self._settings = settings

    def evaluate(self, state: Conversation, *, showing: bool) -> Signal | None:  # noqa: ARG002 - a moment
        """Speak up about the newest reading, once."""
        if not state.customer.readings:
            return None
        reading = state.customer.readings[-1]
        if reading.label is not self._label or not reading.settled:
            return None
        if reading.probabilities.get(reading.label, 0.0) < self._settings.min_probability:
            return None
        first, *others = (f"They sounded {self._label.value}. {advice}" for advice in WHAT_TO_DO[self._label])
        return Signal(
            "strong" if reading.label is Label.UPSET else "quiet",
            first,
            "; ".join(reading.evidence),
            moment=reading.utterance_id,
            cause_s=reading.t_s,
            variants=tuple(others),
        )

    def figures(self, state: Conversation) -> str:
        """Return the newest reading."""
        if not state.customer.readings:
            return "no reading yet"
        reading = state.customer.readings[-1]
        probability = reading.probabilities.get(self._label, 0.0)
        return (
            f"last reading {reading.label.value.replace('_', ' ')}, {self._label.value} {probability:.0%};"
            f" speaks from {self._settings.min_probability:.0%}"
        )


def sounded_rules(settings: SoundedNudge) -> list[Rule]:
    """Return a rule for each state that the settings name and that asks for something."""
    return [SoundedRule(label, settings) for label in WHAT_TO_DO if label.value in settings.states]

"""Gathers what was heard of a turn and has it read."""

from roomtone.config.settings import ReadingSettings
from roomtone.conversation.state import Conversation
from roomtone.events import EmotionEstimated, TurnEnded
from roomtone.interfaces import EmotionClassifier
from roomtone.types import HeardUtterance, Speaker, TurnHeard

KEPT_UTTERANCES = 32
"""Utterances of a side kept for a turn that is not over: more than ten minutes of one voice."""


class TurnReader:
    """Reads the turns of the sides that may be read; the customer alone unless the seller asks."""

    def __init__(self, classifier: EmotionClassifier, settings: ReadingSettings) -> None:
        self._classifier = classifier
        self._speakers = {Speaker.CUSTOMER, Speaker.SELLER} if settings.read_seller else {Speaker.CUSTOMER}
        self._heard: list[HeardUtterance] = []

    def remember(self, heard: HeardUtterance) -> None:
        """Keep an utterance until its turn is over."""
        if heard.utterance.speaker in self._speakers:
            self._heard = [*self._heard[-KEPT_UTTERANCES + 1 :], heard]

    def turn_heard(self, turn: TurnEnded, conversation: Conversation) -> TurnHeard | None:
        """Return the turn with its audio and words; None when it is not to be read or nothing was heard."""
        if turn.speaker not in self._speakers:
            return None
        of_turn = tuple(heard for heard in self._heard if heard.utterance.utterance_id in turn.utterance_ids)
        if not of_turn:
            return None
        # The turn itself is the newest of the conversation.
        previous = conversation.turns[-2] if len(conversation.turns) > 1 else None
        return TurnHeard(
            speaker=turn.speaker,
            start_s=turn.start_s,
            end_s=turn.end_s,
            heard=of_turn,
            floor_transfer_offset_s=turn.floor_transfer_offset_s,
            answers_question=(
                previous is not None and previous.speaker != turn.speaker and previous.is_question
            ),
        )

    def read(self, turn: TurnHeard, t_s: float) -> EmotionEstimated:
        """Return the reading of a turn. Takes some milliseconds of one core."""
        settled = self._classifier.settled(turn.speaker)
        reading = self._classifier.predict(turn)
        return EmotionEstimated(
            t_s=t_s,
            source_id=turn.heard[-1].utterance.source_id,
            utterance_id=turn.heard[-1].utterance.utterance_id,
            speaker=turn.speaker,
            label=reading.label,
            probabilities={label: round(value, 4) for label, value in reading.probabilities.items()},
            evidence=reading.evidence,
            model=reading.model,
            start_s=turn.start_s,
            end_s=turn.end_s,
            settled=settled,
        )

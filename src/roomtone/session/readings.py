"""Gathers what was heard of a turn and has it read."""

from roomtone.acts.questions import kind
from roomtone.config.settings import ReadingSettings
from roomtone.conversation.sentences import is_unfinished, sentences
from roomtone.conversation.state import Conversation, Side
from roomtone.events import EmotionEstimated, TurnEnded
from roomtone.interfaces import EmotionClassifier
from roomtone.spoken import spoken
from roomtone.types import HeardUtterance, Question, QuestionKind, Speaker, TurnHeard

KEPT_UTTERANCES = 32
"""Of a turn with more utterances the last ones are read: they hold at most 13 minutes, 50 MB of audio."""


def speakers_read(settings: ReadingSettings) -> frozenset[Speaker]:
    """Return the sides that may be read: nobody, the customer alone, or the seller as well."""
    if not settings.enabled:
        return frozenset()
    return frozenset({Speaker.CUSTOMER, Speaker.SELLER} if settings.read_seller else {Speaker.CUSTOMER})


class TurnReader:
    """Reads the turns of the sides that may be read; the customer alone unless the seller asks."""

    def __init__(self, classifier: EmotionClassifier, settings: ReadingSettings) -> None:
        self._classifier = classifier
        self._speakers = speakers_read(settings)
        self._heard: dict[Speaker, list[HeardUtterance]] = {speaker: [] for speaker in self._speakers}

    def remember(self, heard: HeardUtterance) -> None:
        """Keep an utterance until its turn is over."""
        if (kept := self._heard.get(heard.utterance.speaker)) is not None:
            kept.append(heard)
            del kept[:-KEPT_UTTERANCES]

    def turn_heard(self, turn: TurnEnded, conversation: Conversation) -> TurnHeard | None:
        """Return the turn with its audio and words; None when it is not to be read or nothing was heard.

        Utterances that ended in the turn are forgotten with it; one that goes on belongs to the next too.
        """
        if turn.speaker not in self._speakers:
            return None
        kept = self._heard[turn.speaker]
        of_turn = tuple(heard for heard in kept if heard.utterance.utterance_id in turn.utterance_ids)
        kept[:] = [heard for heard in kept if heard.utterance.end_s > turn.end_s]
        if not of_turn:
            return None
        # The turn itself is the newest of the conversation.
        previous = conversation.turns[-2] if len(conversation.turns) > 1 else None
        listened_to = previous if previous is not None and previous.speaker != turn.speaker else None
        return TurnHeard(
            speaker=turn.speaker,
            start_s=turn.start_s,
            end_s=turn.end_s,
            heard=of_turn,
            floor_transfer_offset_s=turn.floor_transfer_offset_s,
            question=_question(listened_to, conversation.side(listened_to.speaker)) if listened_to else None,
            listened_s=listened_to.end_s - listened_to.start_s if listened_to else 0.0,
            backchannels=_bursts_during(listened_to, conversation.side(turn.speaker)) if listened_to else 0,
        )

    def read(self, turn: TurnHeard, t_s: float) -> EmotionEstimated:
        """Return the reading of a turn. Takes a thousandth or two of the turn's length."""
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


def _question(turn: TurnEnded, side: Side) -> Question | None:
    """Return the last sentence of a turn that ended in a question, None for another one.

    A pause within a question cuts it in two, and its end alone ("would be using it?") looks like one for a
    yes: what stands before is put in front again, unless a sentence ended there.
    """
    if not turn.is_question:
        return None
    of_turn = (final for final in side.finals if final.utterance_id in turn.utterance_ids)
    said = [each for final in of_turn for each in sentences(final) if each.start_s < turn.end_s]
    while said and not said[-1].is_question:
        said.pop()
    if not said:
        return None
    question = _asked(said.pop().text)
    while said and question.kind is QuestionKind.CLOSED and is_unfinished(said[-1].text):
        question = _asked(f"{said.pop().text} {question.text}")
    return question


def _asked(text: str) -> Question:
    return Question(text, kind(text, spoken(text)) or QuestionKind.CLOSED)


def _bursts_during(turn: TurnEnded, listener: Side) -> int:
    """Return how often the listener said something within the other side's turn."""
    return sum(turn.start_s < start_s and end_s < turn.end_s for start_s, end_s in listener.spans)

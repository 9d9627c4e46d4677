"""What a side said just before: heard again together with its next utterance. Pure."""

from collections import deque

from roomtone.types import SAMPLE_RATE_HZ, Samples, Utterance

MOST_S = 14.0
"""Audio of earlier utterances and the new one together: 20 s are a third more work for no fewer errors."""
LONGEST_GAP_S = 30.0
"""What was said longer ago belongs to another thought. The other side's turn is within: with 6 s, readers who
take turns were understood with 13.6 % errors instead of 11.3 %."""


class Context:
    """Remembers the latest utterances of one side."""

    def __init__(self) -> None:
        self._utterances: deque[Utterance] = deque()

    def add(self, utterance: Utterance) -> None:
        """Remember an utterance, and forget what can be of no use any more."""
        self._utterances.append(utterance)
        while self._utterances and self._spoken_s() > MOST_S:
            self._utterances.popleft()

    def before(self, utterance: Utterance) -> list[Samples]:
        """Return the audio to put in front of an utterance, oldest first."""
        lead: list[Samples] = []
        total_samples = len(utterance.samples)
        following_start_s = utterance.start_s
        for earlier in reversed(self._utterances):
            total_samples += len(earlier.samples)
            if total_samples > MOST_S * SAMPLE_RATE_HZ or following_start_s - earlier.end_s > LONGEST_GAP_S:
                break
            lead.insert(0, earlier.samples)
            following_start_s = earlier.start_s
        return lead

    def _spoken_s(self) -> float:
        return sum(len(utterance.samples) for utterance in self._utterances) / SAMPLE_RATE_HZ

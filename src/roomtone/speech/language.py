"""Which language the call is in, settled once it is sure. Pure."""

import math
from collections.abc import Mapping

SURE_PROBABILITY = 0.98
"""Posterior at which the language is pinned."""
SURE_AFTER_S = 6.0
"""Speech heard before it is pinned: a single "hello" sounds like many languages."""
_FLOOR = 1e-4
"""Smallest probability an utterance may give a language, so that one odd turn cannot rule it out."""


class LanguageVote:
    """Adds up the language probabilities of utterances, weighted by their length."""

    def __init__(self, pinned: str | None = None) -> None:
        self.pinned = pinned
        self.best = pinned
        self._log_odds: dict[str, float] = {}
        self._heard_s = 0.0

    def add(self, probabilities: Mapping[str, float], speech_s: float) -> str:
        """Take one utterance's probabilities and return the language to decode it in."""
        if self.pinned is not None:
            return self.pinned
        weight = min(speech_s, 5.0)
        for language in probabilities.keys() | self._log_odds.keys():
            probability = max(probabilities.get(language, 0.0), _FLOOR)
            self._log_odds[language] = self._log_odds.get(language, 0.0) + weight * math.log(probability)
        self._heard_s += speech_s
        best = max(self._log_odds, key=lambda language: (self._log_odds[language], language))
        top = self._log_odds[best]
        posterior = 1 / sum(math.exp(value - top) for value in self._log_odds.values())
        if self._heard_s >= SURE_AFTER_S and posterior >= SURE_PROBABILITY:
            self.pinned = best
        self.best = best
        return best

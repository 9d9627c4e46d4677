"""Which language the call is in, settled once it is sure. Pure."""

import math
from collections.abc import Mapping

SURE_PROBABILITY = 0.98
"""Posterior at which the language is pinned."""
SURE_AFTER_S = 6.0
"""Speech heard before it is pinned: a single "hello" sounds like many languages."""
MOST_WEIGHT_S = 5.0
"""A long utterance counts no more than this: its seconds are not independent of each other."""
_FLOOR = 1e-4
"""Smallest probability an utterance may give a language, so that one odd turn cannot rule it out."""


class LanguageVote:
    """Adds up the language probabilities of utterances, weighted by their length."""

    def __init__(self, pinned: str | None = None) -> None:
        self.pinned = pinned
        self.best = pinned
        self._log_odds: dict[str, float] = {}
        self._weight_s = 0.0
        self._heard_s = 0.0

    def add(self, probabilities: Mapping[str, float], speech_s: float) -> str:
        """Take one utterance's probabilities and return the language to decode it in."""
        if self.pinned is not None:
            return self.pinned
        weight_s = min(speech_s, MOST_WEIGHT_S)
        unheard = self._weight_s * math.log(_FLOOR)
        for language in probabilities.keys() | self._log_odds.keys():
            probability = max(probabilities.get(language, 0.0), _FLOOR)
            before = self._log_odds.get(language, unheard)
            self._log_odds[language] = before + weight_s * math.log(probability)
        self._weight_s += weight_s
        self._heard_s += speech_s
        best = max(self._log_odds, key=lambda language: (self._log_odds[language], language))
        top = self._log_odds[best]
        posterior = 1 / sum(math.exp(value - top) for value in self._log_odds.values())
        if self._heard_s >= SURE_AFTER_S and posterior >= SURE_PROBABILITY:
            self.pinned = best
        self.best = best
        return best

"""Which words of an utterance still going on will stay. Pure.

The words on which two partial hypotheses in a row agree are committed and never change again
(LocalAgreement-2: Liu et al., "Low-Latency Sequence-to-Sequence Speech Recognition", 2020).
"""


class Committer:
    """Follows the partial hypotheses of one utterance."""

    def __init__(self) -> None:
        self._committed: list[str] = []
        self._tentative: list[str] = []

    def push(self, text: str) -> tuple[str, str]:
        """Take the newest hypothesis and return the committed and the tentative words."""
        words = text.split()
        fresh = words[len(self._committed) :]
        agreed = 0
        for before, now in zip(self._tentative, fresh, strict=False):
            if before != now:
                break
            agreed += 1
        self._committed += fresh[:agreed]
        self._tentative = fresh[agreed:]
        return " ".join(self._committed), " ".join(self._tentative)

"""Where the call is: opening, discovery, presentation, objections, closing. Pure.

Each sentence speaks for a phase by what it does; older ones count less, and more of the same adds little.
The phase with the most behind it is entered once it leads clearly, and not left at once. The opening is never
come back to. What the seller says holds for a while. The order in which sentences become known does not
matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from roomtone.types import PUSHBACKS, Act, Phase, SentenceMeaning, Speaker

HALF_LIFE_S = 60.0
"""What was said a minute ago counts half: a phase lasts minutes, not sentences."""
CLEAR_LEAD = 1.0
"""About one sentence more than the present phase has."""
LEAST_STAY_S = 45.0
"""A phase that was just entered is not left before this, but for an objection."""
FORGOTTEN_S = 300.0
"""What was said five half-lives ago counts for nothing any more."""
SELLERS_WORD_HOLDS_S = 180.0
"""A correction is not argued with for three minutes."""
LEAST_TO_LEAVE_OPENING = 1.5
"""One sentence of business may be a slip of the recogniser; two are not."""

_VOTES: dict[tuple[Speaker, Act], tuple[Phase, float]] = {
    (Speaker.SELLER, Act.SMALL_TALK): (Phase.OPENING, 1.0),
    (Speaker.CUSTOMER, Act.SMALL_TALK): (Phase.OPENING, 1.0),
    (Speaker.SELLER, Act.OPEN_QUESTION): (Phase.DISCOVERY, 1.0),
    (Speaker.SELLER, Act.CLOSED_QUESTION): (Phase.DISCOVERY, 0.6),
    (Speaker.SELLER, Act.PITCH): (Phase.PRESENTATION, 1.0),
    (Speaker.SELLER, Act.PRICE): (Phase.PRESENTATION, 0.6),
    (Speaker.SELLER, Act.NEXT_STEP): (Phase.CLOSING, 1.2),
    (Speaker.CUSTOMER, Act.NEXT_STEP): (Phase.CLOSING, 1.2),
    (Speaker.CUSTOMER, Act.BUYING_SIGNAL): (Phase.CLOSING, 0.8),
    **{(Speaker.CUSTOMER, act): (Phase.OBJECTIONS, 2.5) for act in PUSHBACKS},
}
"""What a sentence speaks for, and how much: one objection makes the talk about it, one question is only one
of many."""

_MOST = {
    Phase.OPENING: 2.0,
    Phase.DISCOVERY: 3.0,
    Phase.PRESENTATION: 3.0,
    Phase.OBJECTIONS: 4.0,
    Phase.CLOSING: 4.0,
}
"""No phase gathers more than this, so that a long one can be left as quickly as a short one."""


@dataclass(frozen=True, slots=True)
class Phases:
    """The phase of the call; ``current`` is None as long as nothing is known of what was said."""

    current: Phase | None = None
    since_s: float = 0.0
    held_until_s: float = 0.0
    """Until then what the seller said holds."""
    votes: tuple[tuple[float, Phase, float], ...] = ()
    """When something spoke for which phase, and how much, in order of time."""
    weights: tuple[tuple[Phase, float], ...] = ()
    weighed_s: float = 0.0

    def heard(self, speaker: Speaker, sentences: Sequence[SentenceMeaning]) -> "Phases":
        """Return the phases after one utterance."""
        weighed_s = max([self.weighed_s, *(sentence.end_s for sentence in sentences)])
        votes = tuple(
            sorted(
                vote
                for vote in (*self.votes, *_votes(speaker, sentences))
                if vote[0] > weighed_s - FORGOTTEN_S
            )
        )
        return replace(
            self,
            current=self.current or Phase.OPENING,
            votes=votes,
            weights=_weights(votes, weighed_s),
            weighed_s=weighed_s,
        )

    def due(self, now_s: float) -> Phase | None:
        """Return the phase to be entered at ``now_s``, None when the present one goes on."""
        if self.current is None or now_s < self.held_until_s:
            return None
        weights = dict(self.weights)
        rivals = {phase: weight for phase, weight in weights.items() if phase is not Phase.OPENING}
        if not rivals:
            return None
        leading = max(rivals, key=lambda phase: (rivals[phase], -list(Phase).index(phase)))
        if self.current is Phase.OPENING:
            business = sum(rivals.values())
            leaves = business >= LEAST_TO_LEAVE_OPENING and business > weights.get(Phase.OPENING, 0.0)
            return leading if leaves else None
        if now_s - self.since_s < LEAST_STAY_S and leading is not Phase.OBJECTIONS:
            return None
        lead = rivals[leading] - weights.get(self.current, 0.0)
        return leading if leading is not self.current and lead >= CLEAR_LEAD else None

    def entered(self, phase: Phase, at_s: float, *, by_seller: bool) -> "Phases":
        """Return the phases with another one current."""
        held_until_s = at_s + SELLERS_WORD_HOLDS_S if by_seller else self.held_until_s
        return replace(self, current=phase, since_s=at_s, held_until_s=held_until_s)


def following(phase: Phase | None) -> Phase:
    """Return the phase after this one in the usual order, round and round: for a key that corrects it."""
    order = list(Phase)
    return order[0] if phase is None else order[(order.index(phase) + 1) % len(order)]


def _votes(speaker: Speaker, sentences: Sequence[SentenceMeaning]) -> Iterator[tuple[float, Phase, float]]:
    for sentence in sentences:
        for act in sentence.acts:
            if vote := _VOTES.get((speaker, act)):
                yield (sentence.end_s, *vote)


def _weights(
    votes: Sequence[tuple[float, Phase, float]], weighed_s: float
) -> tuple[tuple[Phase, float], ...]:
    """Return what is behind each phase at ``weighed_s``."""
    weights: dict[Phase, float] = {}
    before_s = votes[0][0] if votes else 0.0
    for at_s, phase, weight in (*votes, (weighed_s, Phase.OPENING, 0.0)):
        fade = 0.5 ** ((at_s - before_s) / HALF_LIFE_S)
        weights = {each: has * fade for each, has in weights.items()}
        weights[phase] = min(_MOST[phase], weights.get(phase, 0.0) + weight)
        before_s = at_s
    return tuple(sorted(weights.items()))

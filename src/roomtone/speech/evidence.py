"""What can be shown for a state: cues from words and timing, and how the voice changed, in words."""

from collections.abc import Mapping, Sequence

from roomtone.speech.cues import Cue, HabitWeights
from roomtone.types import Label

CHANGES: dict[Label, dict[str, int]] = {
    Label.EXCITED: {"pitch_median_st": 1, "pitch_range_st": 1, "syllables_per_s": 1},
    Label.UPSET: {"pitch_median_st": 1, "tilt_db_per_octave": 1, "syllables_per_s": 1},
    Label.DEFEATED: {"pitch_range_st": -1, "syllables_per_s": -1, "tilt_db_per_octave": -1},
    Label.GUARDED: {"pitch_range_st": -1, "syllables_per_s": -1},
    Label.CONFIDENT: {"pitch_median_st": -1, "tilt_db_per_octave": 1},
}
"""Which way a voice changes in a state, for those figures that a listener can check."""

CHANGE_WORDS = {
    "pitch_median_st": ("lower", "higher"),
    "pitch_range_st": ("flatter", "livelier"),
    "syllables_per_s": ("slower", "faster"),
    "tilt_db_per_octave": ("softer", "sharper"),
}
CHANGE_MIN_SPREADS = 1.0
"""A change is named when it is at least the usual spread of that figure within one speaker."""

ALONE_MIN_CHANGES = 2
"""A voice must differ in this many ways to be the only evidence: one of the three at most looked at
differs by chance in two turns of five."""

CLOSE_TO_USUAL = "voice close to their usual"
NOTHING_TELLING = "nothing telling in their words or timing"


def evidence_for(label: Label, found: Sequence[Cue], changes: Mapping[str, float]) -> tuple[str, ...]:
    """Return at most two lines for a state: the strongest cue, how the voice changed, then further cues.

    ``changes`` are distances of figures from what is usual, in spreads. Empty when there is too little to
    show for the state.
    """
    if label is Label.NEUTRAL:
        close = bool(changes) and max(map(abs, changes.values())) < CHANGE_MIN_SPREADS
        plain = not any(cue.evidence for cue in found)
        return (*((CLOSE_TO_USUAL,) if close else ()), *((NOTHING_TELLING,) if plain else ()))
    own = sorted((cue for cue in found if cue.label is label), key=lambda cue: -cue.log_odds)
    lines = [cue.evidence for cue in own if cue.evidence]
    changed = changed_ways(label, changes)
    if changed and (lines or len(changed) >= ALONE_MIN_CHANGES):
        lines.insert(1, f"voice {' and '.join(changed[:2])} than their usual")
    return tuple(lines[:2])


def changed_ways(label: Label, changes: Mapping[str, float]) -> list[str]:
    """Return the ways in which the voice changed as it does in this state."""
    return [
        CHANGE_WORDS[name][direction > 0]
        for name, direction in CHANGES[label].items()
        if changes.get(name, 0.0) * direction >= CHANGE_MIN_SPREADS
    ]


def voice_cues(changes: Mapping[str, float], weights: HabitWeights) -> list[Cue]:
    """Return what a changed voice says of the two states that no model was trained on."""
    return [
        Cue(label, weights.changed_voice, "")
        for label in (Label.GUARDED, Label.CONFIDENT)
        if changed_ways(label, changes)
    ]

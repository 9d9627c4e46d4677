"""What the voice alone would tell in a call: how often, how rightly, and how far it can be believed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reading_corpus import CLASSES, SEED, Array, Corpus, Rows
from reading_fit import STATES_HEAD, VOICE, Voices, fit, fitted_temperature, softmax
from reading_folds import HELD_OUT_CASES, Predicted
from reading_scores import calibration_error, over_speakers, reliability, selective
from roomtone.speech import fusion
from roomtone.types import Label
from roomtone.weights import bundled_models_directory

STATES = (Label.EXCITED, Label.UPSET, Label.DEFEATED)
CASES = (*HELD_OUT_CASES, ("babble", 10))
LEAST = np.arange(0.4, 0.96, 0.1)
TRIED = np.arange(0.3, 0.99, 0.02)
WANTED_PRECISION = 0.85
"""Thresholds are chosen for this, so that on other speakers 0.8 is kept."""

Names = NDArray[np.str_]


@dataclass(frozen=True)
class Said:
    """What the voice alone would say of some clips: the likeliest state of each, and the truth."""

    states: list[dict[Label, float]]
    truth: Names
    weight: Array
    """How much each clip counts so that the states are mixed as in a call."""
    speaker: Names

    @property
    def likeliest(self) -> Names:
        """The likeliest state of each clip."""
        return np.array([max(one, key=lambda label: one[label]).value for one in self.states])

    def sure(self, label: Label) -> Array:
        """Return the probability of a state."""
        return np.array([one[label] for one in self.states])

    def named(self, label: Label, least: float) -> tuple[float, float]:
        """Return the precision and the recall of a state that is named from ``least`` on."""
        return self.precision(label, least, np.ones(len(self.truth), bool))

    def precision(self, label: Label, least: float, among: Rows) -> tuple[float, float]:
        """Return the same ``among`` some of the clips."""
        named = among & (self.likeliest == label.value) & (self.sure(label) >= least)
        true = among & (self.truth == label.value)
        right = float(self.weight[named & true].sum())
        return right / max(1e-9, float(self.weight[named].sum())), right / float(self.weight[true].sum())


def said_by_voice(logits: Array, corpus: Corpus, rows: Rows, temperature: float) -> Said:
    """Return what logits of the five classes make the reading say without words and timing."""
    weights = fusion.load(bundled_models_directory())
    target = corpus.target[rows]
    prior = np.array([weights.voice.prior[name] for name in CLASSES])
    counts = np.maximum(1, np.bincount(target, minlength=len(CLASSES)))
    return Said(
        [
            weights.probabilities(dict(zip(CLASSES, map(float, row), strict=True)), (), {})
            for row in softmax(logits[rows], temperature)
        ],
        np.array([CLASSES[number].value for number in target]),
        (prior / counts)[target],
        corpus.speaker[rows],
    )


def held_out(found: dict[str, Predicted], corpus: Corpus) -> None:
    """Print calibration, and precision against how much is told, for speakers and corpora left out.

    ``found`` has the predictions by what was left out. All with the one temperature that ships.
    """
    rows = np.flatnonzero(corpus.target >= 0)
    target = corpus.target[rows]
    even = (1.0 / np.bincount(target))[target]
    fitted_on = [one[STATES_HEAD, *case][rows] for one in found.values() for case in HELD_OUT_CASES]
    temperature = fitted_temperature(np.concatenate(fitted_on), np.tile(target, len(fitted_on)))
    for title, predicted in found.items():
        for condition, turns in CASES:
            logits = predicted[STATES_HEAD, condition, turns]
            bins = reliability(softmax(logits[rows], temperature), target, even)
            print(
                f"\n**{title} left out, {condition}, after {turns} turns**: calibration error "
                f"{calibration_error(bins):.3f} (sure/right:",
                ", ".join(f"{b.probability:.2f}/{b.right:.2f}" for b in bins) + ")\n",
            )
            said = said_by_voice(logits, corpus, rows, temperature)
            print_told(said)
            print_chosen(said)


def print_told(said: Said) -> None:
    """Print what is told from one probability on for all states."""
    sure = np.array([max(one.values()) for one in said.states])
    print("| from | told | rightly |", " | ".join(label.value for label in STATES), "| neutral |")
    print("|" + "---|" * (len(STATES) + 4))
    for told in selective(said.likeliest, sure, said.truth, said.weight, LEAST):
        states = (told.by_state.get(one, (np.nan, np.nan)) for one in (*STATES, Label.NEUTRAL))
        cells = (f"{100 * precision:.0f}/{100 * recall:.0f}" for precision, recall in states)
        print(
            f"| {told.least:.1f} | {100 * told.answered:.0f} % | {100 * told.precision:.0f} % |",
            " | ".join(cells),
            "|",
        )
    print()


def print_chosen(said: Said) -> None:
    """Print each state's precision where its threshold was chosen on the other half of the speakers."""
    names = np.unique(said.speaker)
    half = dict(zip(names, np.random.default_rng(SEED).permutation(len(names)) % 2, strict=True))
    side = np.array([half[name] for name in said.speaker])
    shipped = fusion.load(bundled_models_directory()).least
    for label in STATES:
        results, thresholds = [], []
        for one in (0, 1):
            good = (t for t in TRIED if said.precision(label, t, side != one)[0] >= WANTED_PRECISION)
            least = next(good, TRIED[-1])
            thresholds.append(f"{least:.2f}")
            results.append(said.precision(label, least, side == one))
        precision, recall = np.mean(results, axis=0)
        least = max(shipped.of(label), shipped.voice_alone)
        now = said.named(label, least)
        print(
            f"- {label.value}: from {' and '.join(thresholds)}, chosen on the other half of the speakers, "
            f"precision {100 * precision:.0f} %, recall {100 * recall:.0f} %; from the shipped {least:.2f} "
            f"{100 * now[0]:.0f} %, {100 * now[1]:.0f} %"
        )


def natural(voices: Voices, corpus: Corpus) -> None:
    """Print what speech that nobody acted gives, each clip against the speaker's earlier ones alone."""
    known = np.flatnonzero(voices.corpus.target >= 0)
    fitted = fit(VOICE, voices, known, {})
    model = fitted.heads[STATES_HEAD]
    figures = corpus.figures["clean"]
    neutral = fitted.neutral(figures)
    alone, running = np.zeros((len(figures), len(CLASSES))), np.zeros((len(figures), len(CLASSES)))
    before = np.zeros(len(figures))
    for speaker in np.unique(corpus.speaker):
        own = np.random.default_rng(SEED).permutation(np.flatnonzero(corpus.speaker == speaker))
        for turns, row in enumerate(own):
            before[row] = turns
            alone[row] = model.logits(figures[row : row + 1])[0]
            corrected = figures[row : row + 1]
            if turns:
                apart = np.nan_to_num(np.nanmean(figures[own[:turns]], axis=0) - model.usual)
                trust = VOICE.trust(neutral[own[:turns]].mean())
                corrected = corrected - VOICE.settled(turns) * trust * apart
            running[row] = model.logits(corrected)[0]
    occurring = np.unique(corpus.target[corpus.target >= 0])
    for title, logits in (("as heard", alone), ("against their earlier turns", running)):
        said = occurring[logits[:, occurring].argmax(axis=1)]
        for settled in (0, 3):
            rows = np.flatnonzero((corpus.target >= 0) & (before >= settled))
            figure = over_speakers(corpus.target[rows], said[rows], corpus.speaker[rows])
            print(
                f"\n**natural ({', '.join(np.unique(corpus.name))}), {title}, from {settled} turns on**: ",
                end="",
            )
            print(f"{len(rows)} clips, {len(occurring)} classes, UAR {figure}")
    rows = np.flatnonzero((corpus.target >= 0) & (before >= 3))
    print()
    print_told(said_by_voice(running, corpus, rows, VOICE.temperature))

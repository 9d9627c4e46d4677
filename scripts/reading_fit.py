"""Fits linear models of the voice, corrected for speakers as the reader corrects them."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from reading_corpus import CONDITIONS, SEED, Array, Corpus, Rows
from roomtone.speech import prosody

REPORTED = ("clean", "telephone")
BASELINE_TURNS = (0, 4)
"""Earlier turns that the training clips are corrected by: a new voice, and one heard for a while."""
REPORTED_TURNS = (0, 4, 10)
BASELINE_NEUTRAL_SHARE = 0.75
"""Of the earlier turns, as in a call; the rest are any of the others."""
SHRINKAGE_TURNS = 3.0
"""Turns after which half of the correction is applied."""
CLIP_SPREADS = 4.0
"""Figures further out count as this far: damaged measurements."""
PENALTY_PROSODY, PENALTY_VOICE = 0.03, 0.001
"""Inverse strength of regularisation (scikit-learn's C): 37 figures, and 1,024 that know the speaker."""


@dataclass(frozen=True)
class Linear:
    """Standardise, clip, one linear layer; ``logits`` of rows already corrected for their speaker."""

    usual: Array
    mean: Array
    sd: Array
    weights: Array
    bias: Array

    def logits(self, rows: Array) -> Array:
        """Return the logits, shape ``(rows, classes)``."""
        scaled = np.clip(np.nan_to_num((rows - self.mean) / self.sd), -CLIP_SPREADS, CLIP_SPREADS)
        return scaled @ self.weights + self.bias


def usual_of_speakers(corpus: Corpus, condition: str, turns: int) -> Array:
    """Return for each clip the mean of some other turns of its speaker, mostly neutral ones."""
    figures, target = corpus.figures[condition], corpus.target
    random = np.random.default_rng((SEED, CONDITIONS.index(condition), turns))
    usual = np.empty_like(figures)
    for speaker in np.unique(corpus.speaker):
        own = np.flatnonzero(corpus.speaker == speaker)
        neutral, others = own[target[own] == 0], own[target[own] > 0]
        for row in own:
            many = random.binomial(turns, BASELINE_NEUTRAL_SHARE)
            chosen = (
                *random.choice(neutral[neutral != row], many),
                *random.choice(others[others != row], turns - many),
            )
            usual[row] = np.nanmean(figures[list(chosen)], axis=0)
    return usual


class Trainer:
    """Fits and judges models on a corpus; remembers the simulated baselines."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._usual = {
            (condition, turns): usual_of_speakers(corpus, condition, turns)
            for condition in CONDITIONS
            for turns in REPORTED_TURNS
            if turns and (turns in BASELINE_TURNS or condition in REPORTED)
        }

    def corrected(self, condition: str, turns: int, rows: Rows, usual: Array) -> Array:
        """Return the figures of ``rows`` as the reader would hand them over after so many turns."""
        figures = self.corpus.figures[condition][rows]
        if not turns:
            return figures
        apart = np.nan_to_num(self._usual[condition, turns][rows] - usual)
        return figures - turns / (turns + SHRINKAGE_TURNS) * apart

    def fit(self, rows: Rows) -> tuple[Linear, Linear]:
        """Return the prosody and the voice model trained on ``rows``."""
        target = self.corpus.target
        rows = rows[target[rows] >= 0]
        stacked = np.stack([self.corpus.figures[condition][rows] for condition in CONDITIONS])
        neutral = target[rows] == 0
        usual = BASELINE_NEUTRAL_SHARE * np.nanmean(stacked[:, neutral], axis=(0, 1))
        usual += (1 - BASELINE_NEUTRAL_SHARE) * np.nanmean(stacked[:, ~neutral], axis=(0, 1))
        cases = [(condition, turns) for condition in CONDITIONS for turns in BASELINE_TURNS]
        seen = np.concatenate([self.corrected(*case, rows, usual) for case in cases])
        wanted = np.tile(target[rows], len(cases))
        width = len(prosody.FIGURES)
        return (
            _fit_linear(seen[:, :width], wanted, usual[:width], PENALTY_PROSODY),
            _fit_linear(seen[:, width:], wanted, usual[width:], PENALTY_VOICE),
        )

    def logits(self, models: tuple[Linear, Linear], condition: str, turns: int, rows: Rows) -> Array:
        """Return the logits of the prosody model and of both together, shape ``(2, rows, classes)``."""
        usual = np.concatenate([model.usual for model in models])
        figures = self.corrected(condition, turns, rows, usual)
        width = len(prosody.FIGURES)
        by_prosody = models[0].logits(figures[:, :width])
        return np.stack((by_prosody, (by_prosody + models[1].logits(figures[:, width:])) / 2))


def _fit_linear(seen: Array, wanted: Rows, usual: Array, penalty: float) -> Linear:
    mean, sd = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0) + 1e-9
    width = seen.shape[1]
    linear = Linear(usual, mean, sd, np.eye(width), np.zeros(width))
    fitted = LogisticRegression(C=penalty, max_iter=1000, class_weight="balanced")
    fitted.fit(linear.logits(seen), wanted)
    return Linear(usual, mean, sd, fitted.coef_.T, fitted.intercept_)


def both(models: tuple[Linear, Linear]) -> Linear:
    """Return one model over prosody and voice whose logits are the mean of the two models' own."""
    joined = [
        np.concatenate([getattr(m, name) for m in models]) for name in ("usual", "mean", "sd", "weights")
    ]
    usual, mean, sd, weights = joined
    return Linear(usual, mean, sd, weights / 2, (models[0].bias + models[1].bias) / 2)


def softmax(logits: Array, temperature: float) -> Array:
    """Return probabilities over the last axis."""
    odds = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return odds / odds.sum(axis=-1, keepdims=True)


def fitted_temperature(predictions: list[Array], wanted: Rows) -> float:
    """Return the temperature that makes the true classes likeliest, all classes weighing the same.

    Each of ``predictions`` holds logits of the same rows.
    """
    weight = (1.0 / np.bincount(wanted))[wanted]
    rows = np.arange(len(wanted))

    def loss(temperature: float) -> float:
        likely = [softmax(logits, temperature)[rows, wanted] for logits in predictions]
        return float(-(weight * np.log(np.array(likely) + 1e-12)).sum())

    return round(float(min(np.geomspace(0.5, 8.0, 141), key=loss)), 3)


def spread_within_speakers(corpus: Corpus) -> Array:
    """Return each prosody figure's standard deviation over the clips of one speaker, whatever the state."""
    apart = []
    for condition in REPORTED:
        figures = corpus.figures[condition][:, : len(prosody.FIGURES)]
        for speaker in np.unique(corpus.speaker):
            own = figures[corpus.speaker == speaker]
            apart.append(own - np.nanmean(own, axis=0))
    return np.nanstd(np.concatenate(apart), axis=0)

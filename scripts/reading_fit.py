"""Fits linear models of the voice, corrected for speakers as the reader corrects them.

The figures fall into groups that are shrunk as groups: a few dozen that were thought up for the purpose
count as much as the hundreds of the encoder, which know the words and the speaker as well.
"""

from dataclasses import dataclass, field

import numpy as np
from sklearn.linear_model import LogisticRegression

from reading_corpus import CONDITIONS, FIGURES_WIDTH, NEUTRAL_SHARE, SEED, Array, Corpus, Rows
from roomtone.speech import prosody, timbre

CLIP_SPREADS = 4.0
"""Figures further out count as this far: damaged measurements."""

MANNER = slice(0, FIGURES_WIDTH - len(timbre.NAMES))
TIMBRE = slice(MANNER.stop, FIGURES_WIDTH)
ENCODER_MEAN = slice(FIGURES_WIDTH, FIGURES_WIDTH + 512)
ENCODER_SPREAD = slice(FIGURES_WIDTH + 512, FIGURES_WIDTH + 1024)

TRAINED = ("clean", "telephone", "babble", "babble", "mixed")
"""Among other voices twice, since they cost most, each time after other numbers of turns. Opus costs next to
nothing, and is in a third of the mixed."""
STATES_HEAD = "probabilities"
"""The head of the five classes, as the output of the model is called."""


@dataclass(frozen=True)
class Recipe:
    """How a model is made."""

    name: str
    weights: dict[str, float]
    """How much each group of figures counts; one left out is not looked at."""
    penalty: float
    """Inverse strength of regularisation (scikit-learn's C)."""
    turns: tuple[int, ...] = (3, 8, 20)
    """Earlier turns that the training clips are corrected by: from when a voice is settled on."""
    conditions: tuple[str, ...] = TRAINED
    shrinkage_turns: float = 1.5
    """Turns after which half of the correction is applied."""
    trusted_from: float = 0.15
    """Mean probability of neutral, of the earlier turns heard alone, from which on they are taken for what is
    usual for the speaker, and below it only in part. Any of the five classes has 0.2 by chance."""
    temperature: float = 1.1
    """About that of the model that ships; for how neutral a turn sounds alone."""
    parts: tuple["Recipe", ...] = ()
    """Recipes whose logits are averaged instead, where there are any."""

    @property
    def groups(self) -> dict[str, slice]:
        """The groups looked at."""
        return {name: GROUPS[name] for name in self.weights}

    def settled(self, turns: int) -> float:
        """Return the share of the correction that so many turns are good for."""
        return turns / (turns + self.shrinkage_turns)

    def trust(self, neutral: Array) -> Array:
        """Return the share that turns of this mean probability of neutral are good for."""
        return np.minimum(1.0, neutral / self.trusted_from)


GROUPS = {"manner": MANNER, "timbre": TIMBRE, "encoder": ENCODER_MEAN, "encoder_spread": ENCODER_SPREAD}
_MANNER = Recipe("manner", {"manner": 37.0}, penalty=0.03)
_ENCODER = Recipe("encoder", {"encoder": 512.0, "encoder_spread": 512.0}, penalty=0.0003)
_MEASURED = Recipe("measured", {"manner": 1.0, "timbre": 1.0}, penalty=1.0)
_TOGETHER = Recipe("together", {"manner": 1.0, "timbre": 1.0, "encoder": 1.0}, penalty=1.0)
VOICE = Recipe("reading_voice", {}, penalty=1.0, parts=(_TOGETHER, _MANNER, _ENCODER))
PROSODY = Recipe("reading_prosody", {}, penalty=1.0, temperature=1.5, parts=(_MEASURED, _MANNER))
"""They see different things and err differently: their mean carries over to a stranger corpus better."""


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


def earlier_turns(corpus: Corpus, condition: str, turns: int) -> Rows:
    """Return for each clip some others of its speaker, mostly neutral ones; shape ``(clips, turns)``."""
    target = corpus.target
    random = np.random.default_rng((SEED, CONDITIONS.index(condition), turns))
    earlier = np.empty((len(target), turns), np.intp)
    for speaker in np.unique(corpus.speaker):
        own = np.flatnonzero(corpus.speaker == speaker)
        neutral, others = own[target[own] == 0], own[target[own] != 0]
        for row in own:
            many = random.binomial(turns, NEUTRAL_SHARE)
            calm, moved = neutral[neutral != row], others[others != row]
            calm, moved = (calm if len(calm) else moved), (moved if len(moved) else calm)
            earlier[row] = (*random.choice(calm, many), *random.choice(moved, turns - many))
    return earlier


@dataclass
class Voices:
    """A corpus and what is usual for its speakers after so many turns, worked out once."""

    corpus: Corpus
    _earlier: dict[tuple[str, int], tuple[Rows, Array]] = field(default_factory=dict)

    def earlier(self, condition: str, turns: int) -> tuple[Rows, Array]:
        """Return so many earlier turns of each clip's speaker, and the mean of their figures."""
        if (condition, turns) not in self._earlier:
            rows = earlier_turns(self.corpus, condition, turns)
            figures = self.corpus.figures[condition]
            usual = np.array([np.nanmean(figures[some], axis=0) for some in rows])
            self._earlier[condition, turns] = rows, usual
        return self._earlier[condition, turns]

    def corrected(self, condition: str, turns: int, rows: Rows, *, usual: Array, weight: Array) -> Array:
        """Return the figures of ``rows``, corrected by this share of what is unusual about their speakers."""
        figures = self.corpus.figures[condition][rows]
        if not turns:
            return figures
        return figures - weight * np.nan_to_num(self.earlier(condition, turns)[1][rows] - usual)


@dataclass(frozen=True)
class Fitted:
    """A recipe trained on some clips: a linear model a task."""

    recipe: Recipe
    heads: dict[str, Linear]

    def logits(self, head: str, voices: Voices, condition: str, turns: int, rows: Rows) -> Array:
        """Return the logits of a head after so many turns, shape ``(rows, classes)``."""
        model = self.heads[head]
        weight = self.recipe.settled(turns) * self.trust(voices, condition, turns)[rows, None]
        return model.logits(voices.corrected(condition, turns, rows, usual=model.usual, weight=weight))

    def trust(self, voices: Voices, condition: str, turns: int) -> Array:
        """Return how far each clip's earlier turns may be what is usual for the speaker, from 0 to 1."""
        if not turns:
            return np.ones(len(voices.corpus.target))
        neutral = self.neutral(voices.corpus.figures[condition])
        return self.recipe.trust(neutral[voices.earlier(condition, turns)[0]].mean(axis=1))

    def neutral(self, figures: Array) -> Array:
        """Return how probably each row is neutral, heard alone."""
        return softmax(self.heads[STATES_HEAD].logits(figures), self.recipe.temperature)[:, 0]


def fit(recipe: Recipe, voices: Voices, rows: Rows, heads: dict[str, Rows]) -> Fitted:
    """Return a recipe trained on ``rows``; ``heads`` gives the number of every clip's class, -1 for none.

    The head of the states is always there: how neutral earlier turns sound decides how far they are trusted.
    Those of the training clips are known to be mostly neutral, and all trusted.
    """
    heads = {STATES_HEAD: voices.corpus.target} | heads
    if recipe.parts:
        return _averaged(recipe, [fit(part, voices, rows, heads) for part in recipe.parts])
    corpus = voices.corpus
    usual = usual_in_a_call(corpus, rows, recipe.conditions)
    random = np.random.default_rng(SEED)
    parts, taken = [], []
    for condition in recipe.conditions:
        # Every clip comes once a condition, after one of the numbers of turns.
        for turns, some in zip(
            recipe.turns, np.array_split(random.permutation(rows), len(recipe.turns)), strict=True
        ):
            taken.append(some)
            weight = np.full((len(some), 1), recipe.settled(turns))
            parts.append(voices.corrected(condition, turns, some, usual=usual, weight=weight))
    seen, of_clip = np.concatenate(parts), np.concatenate(taken)
    mean, sd = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0) + 1e-9
    counts = np.zeros(seen.shape[1])
    for name, group in recipe.groups.items():
        counts[group] = np.sqrt(recipe.weights[name] / (group.stop - group.start))
    scaled = np.clip(np.nan_to_num((seen - mean) / sd), -CLIP_SPREADS, CLIP_SPREADS) * counts
    scaled = scaled[:, counts > 0].astype(np.float32)
    models = {}
    for head, wanted in heads.items():
        labels = wanted[of_clip]
        known = labels >= 0
        logistic = LogisticRegression(C=recipe.penalty, max_iter=300, class_weight="balanced", tol=1e-3)
        logistic.fit(scaled[known], labels[known])
        found = (
            logistic.coef_ if len(logistic.classes_) > 2 else np.vstack((0 * logistic.coef_, logistic.coef_))
        )
        bias = logistic.intercept_ if len(found) > 2 else np.array((0.0, logistic.intercept_[0]))
        weights = np.zeros((seen.shape[1], len(found)))
        weights[counts > 0] = found.T
        models[head] = Linear(usual, mean, sd, weights * counts[:, None], bias)
    return Fitted(recipe, models)


def _averaged(recipe: Recipe, parts: list[Fitted]) -> Fitted:
    heads = {}
    for head, first in parts[0].heads.items():
        models = [part.heads[head] for part in parts]
        weights, bias = np.mean([one.weights for one in models], 0), np.mean([one.bias for one in models], 0)
        heads[head] = Linear(first.usual, first.mean, first.sd, weights, bias)
    return Fitted(recipe, heads)


def usual_in_a_call(corpus: Corpus, rows: Rows, conditions: tuple[str, ...]) -> Array:
    """Return the mean of the figures in a call's mix of states."""
    neutral = corpus.target[rows] == 0
    total = np.zeros(next(iter(corpus.figures.values())).shape[1])
    for condition in conditions:
        figures = corpus.figures[condition][rows]
        total += NEUTRAL_SHARE * np.nanmean(figures[neutral], axis=0)
        total += (1 - NEUTRAL_SHARE) * np.nanmean(figures[~neutral], axis=0)
    return total / len(conditions)


def softmax(logits: Array, temperature: float = 1.0) -> Array:
    """Return probabilities over the last axis."""
    odds = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return odds / odds.sum(axis=-1, keepdims=True)


def fitted_temperature(logits: Array, wanted: Rows) -> float:
    """Return the temperature that makes the true classes likeliest, all classes weighing the same."""
    weight = (1.0 / np.bincount(wanted))[wanted]
    rows = np.arange(len(wanted))

    def loss(temperature: float) -> float:
        likely = softmax(logits, temperature)[rows, wanted]
        return float(-(weight * np.log(likely + 1e-12)).sum())

    return round(float(min(np.geomspace(0.4, 8.0, 141), key=loss)), 3)


def spread_within_speakers(corpus: Corpus) -> Array:
    """Return each prosody figure's standard deviation over the clips of one speaker, whatever the state."""
    apart = []
    for condition in ("clean", "telephone"):
        figures = corpus.figures[condition][:, : len(prosody.FIGURES)]
        for speaker in np.unique(corpus.speaker):
            own = figures[corpus.speaker == speaker]
            apart.append(own - np.nanmean(own, axis=0))
    return np.nanstd(np.concatenate(apart), axis=0)

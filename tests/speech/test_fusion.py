from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from roomtone.errors import ModelError
from roomtone.speech import fusion
from roomtone.speech.cues import Cue
from roomtone.speech.fusion import FILE, STATES, Fusion
from roomtone.speech.voice_model import VoiceClass
from roomtone.types import Label

pytestmark = pytest.mark.unit

MODELS = Path(__file__).parents[2] / "models"
WEIGHTS = fusion.load(MODELS)
CALM = {VoiceClass.NEUTRAL: 0.8, VoiceClass.UPSET: 0.2}
LOUD = {VoiceClass.NEUTRAL: 0.1, VoiceClass.UPSET: 0.9}


def odds(found: dict[Label, float], label: Label) -> float:
    return found[label] / (1 - found[label])


def test_a_cue_multiplies_the_odds_of_its_state() -> None:
    without = WEIGHTS.probabilities(CALM, [], {})
    doubled = WEIGHTS.probabilities(CALM, [Cue(Label.UPSET, 0.6931, "")], {})
    assert odds(doubled, Label.UPSET) == pytest.approx(2 * odds(without, Label.UPSET), rel=0.01)


@given(
    voice=some.lists(some.floats(0.0, 1.0), min_size=5, max_size=5),
    found=some.lists(some.tuples(some.sampled_from(STATES), some.floats(-5, 5)), max_size=8),
)
def test_probabilities_sum_to_one_whatever_was_heard(
    voice: list[float], found: list[tuple[Label, float]]
) -> None:
    classes = dict(zip(VoiceClass, voice, strict=True))
    cues = [Cue(label, log_odds, "") for label, log_odds in found]
    probabilities = WEIGHTS.probabilities(classes, cues, WEIGHTS.carry(classes, cues))
    assert set(probabilities) == set(STATES)
    assert sum(probabilities.values()) == pytest.approx(1.0)
    assert min(probabilities.values()) >= 0


def test_a_voice_that_is_not_listened_to_leaves_the_usual_mix() -> None:
    unheard = WEIGHTS.probabilities(WEIGHTS.voice.unheard, [], {})
    assert max(unheard, key=lambda label: unheard[label]) is Label.NEUTRAL
    assert all(abs(value) < 1e-9 for value in WEIGHTS.carry(WEIGHTS.voice.unheard, []).values())


def test_one_odd_turn_among_calm_ones_is_smaller_than_a_second_one() -> None:
    after_calm = WEIGHTS.probabilities(LOUD, [], WEIGHTS.carry(CALM, []))
    alone = WEIGHTS.probabilities(LOUD, [], {})
    again = WEIGHTS.probabilities(LOUD, [], WEIGHTS.carry(LOUD, []))
    assert after_calm[Label.UPSET] < alone[Label.UPSET] < again[Label.UPSET]


def test_what_a_turn_leaves_behind_is_a_part_of_what_it_said() -> None:
    cue = Cue(Label.GUARDED, 1.0, "")
    left = WEIGHTS.carry(WEIGHTS.voice.unheard, [cue])
    assert left[Label.GUARDED] == pytest.approx(WEIGHTS.turns.carried)
    assert 0 < WEIGHTS.turns.carried < 0.5


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("[least]", "[leest]"),
        ("hedge = 0.6", 'hedge = "much"'),
        ("hedge = 0.6", "hegde = 0.6"),
        ("[timing]", "[timing"),
    ],
)
def test_a_damaged_file_of_weights_is_one_error(was: str, becomes: str, tmp_path: Path) -> None:
    text = (MODELS / FILE).read_text(encoding="utf-8")
    assert was in text
    (tmp_path / FILE).write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        fusion.load(tmp_path)
    assert caught.value.code == "reading_weights_damaged"


def test_a_missing_file_of_weights_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        fusion.load(tmp_path)


def test_every_state_has_a_least_probability() -> None:
    weights: Fusion = WEIGHTS
    assert all(0.3 <= weights.least.of(label) < 1.0 for label in STATES)

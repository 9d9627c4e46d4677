from pathlib import Path

import numpy as np
import pytest

from roomtone.errors import ModelError
from roomtone.speech.word_heads import FILE, TONES, WordHeads, hashed
from roomtone.weights import bundled_models_directory
from speech.word_models import EVASIVE, FURIOUS, HEDGED, NO_HINTS, NOTHING, WIDTH, direction, write

pytestmark = pytest.mark.unit


@pytest.fixture
def heads(tmp_path: Path) -> WordHeads:
    return WordHeads(write(tmp_path) / FILE, WIDTH)


@pytest.mark.parametrize("tone", TONES)
def test_each_tone_has_a_probability_of_its_own(tone: str, heads: WordHeads) -> None:
    found = heads.tones("anything at all", direction(TONES.index(tone)))
    assert {name for name, value in found.items() if value > 0.5} == {tone}


def test_single_words_count_beside_the_vector(heads: WordHeads) -> None:
    without = heads.tones("we are late", NOTHING)
    found = heads.tones(FURIOUS, NOTHING)
    assert found["anger"] > 0.9 > without["anger"]
    assert found["joy"] == without["joy"]


def test_the_more_words_the_less_one_of_them_counts(heads: WordHeads) -> None:
    alone = heads.tones(FURIOUS, NOTHING)["anger"]
    among_others = heads.tones(f"they were {FURIOUS} about it", NOTHING)["anger"]
    assert heads.tones("", NOTHING)["anger"] < among_others < alone


def test_hedging_and_evasion_have_heads(heads: WordHeads) -> None:
    assert heads.hedged(direction(HEDGED)) > 0.9 > 0.1 > heads.hedged(NOTHING)
    assert heads.evasive(NOTHING, direction(EVASIVE), NO_HINTS) > 0.9
    assert heads.evasive(direction(EVASIVE), NOTHING, NO_HINTS) < 0.1


def test_a_term_is_hashed_alike_everywhere() -> None:
    assert hashed("we").tolist() == [478111769, 808947329, 1870502795]
    assert len(hashed("we pay we pay")) == 6
    assert hashed("").shape == (1,)


@pytest.mark.parametrize(
    "changed",
    [
        {"tones": np.array(TONES[:-1])},
        {"tone_weights": np.zeros((len(TONES), 3))},
        {"hedged_weights": np.zeros(3)},
        {"evasive_weights": np.zeros(WIDTH)},
        {"term_weights": np.zeros((1, len(TONES)), np.int8)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_file_of_another_version_is_refused(changed: dict[str, np.ndarray], tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        WordHeads(write(tmp_path, **changed) / FILE, WIDTH)
    assert caught.value.code == "reading_model_damaged"


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_is_one_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ModelError):
        WordHeads(tmp_path / FILE, WIDTH)


def test_the_bundled_file_is_small_and_of_this_version() -> None:
    file = bundled_models_directory() / FILE
    assert file.stat().st_size < 1_000_000
    heads = WordHeads(file, 384)
    assert heads.hedged_least >= 0.7
    assert heads.evasive_least >= 0.9

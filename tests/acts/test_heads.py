import numpy as np
import pytest

from roomtone.acts.embedding import WIDTH
from roomtone.acts.heads import FILE, HINTS, Heads
from roomtone.errors import ModelError
from roomtone.types import Act
from roomtone.weights import bundled_models_directory

pytestmark = pytest.mark.unit

NOWHERE = np.zeros(WIDTH, np.float32)


def write(path, **changes):
    """Write heads of two acts: price goes by the word "dollars", pitch by its own turn of phrase."""
    terms = ["dollars"]
    weights = np.zeros((2, WIDTH + len(HINTS) + len(terms)))
    weights[0, -1] = 20.0
    weights[1, WIDTH + HINTS.index(Act.PITCH)] = 10.0
    stored = {
        "version": np.array("0"),
        "acts": np.array(["price", "pitch"]),
        "terms": np.array(terms),
        "weights": weights,
        "bias": np.array([-5.0, -5.0]),
        "thresholds": np.array([0.5, 0.5]),
    }
    np.savez(path, **(stored | changes))


def test_a_head_goes_by_words_and_hints(tmp_path):
    write(tmp_path / FILE)
    heads = Heads(tmp_path / FILE)
    assert heads.version == "0"
    assert heads.found("two dollars", NOWHERE, ()) == {Act.PRICE: pytest.approx(0.993, abs=0.001)}
    assert set(heads.found("nothing", NOWHERE, {Act.PITCH})) == {Act.PITCH}
    assert heads.found("nothing", NOWHERE, ()) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": np.zeros((2, 3))},
        {"acts": np.array(["price", "no such act"])},
        {"thresholds": np.array([0.5])},
    ],
)
def test_heads_of_another_version_are_refused(tmp_path, changes):
    write(tmp_path / FILE, **changes)
    with pytest.raises(ModelError, match="roomtone models verify") as caught:
        Heads(tmp_path / FILE)
    assert caught.value.code == "acts_model_damaged"


@pytest.mark.parametrize("content", [None, b"", b"no zip"])
def test_a_missing_or_damaged_file_is_one_sentence(tmp_path, content):
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ModelError):
        Heads(tmp_path / FILE)


def test_the_bundled_heads_are_small_and_of_this_version():
    file = bundled_models_directory() / FILE
    assert file.stat().st_size < 1_000_000
    assert Heads(file).version

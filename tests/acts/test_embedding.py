from pathlib import Path

import numpy as np
import pytest

from roomtone.acts.embedding import WIDTH, SentenceEmbedding
from roomtone.errors import ModelError

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def embedding(minilm: Path):
    return SentenceEmbedding(minilm)


def test_what_means_the_same_is_near_and_has_length_one(embedding):
    dear, costly, rain = map(embedding.embed, ("it is too expensive", "that costs too much", "it rains"))
    assert dear.shape == (WIDTH,)
    assert np.linalg.norm(dear) == pytest.approx(1.0, abs=1e-5)
    assert dear @ costly > dear @ rain + 0.2


def test_the_same_text_gives_the_same_vector_whatever_was_asked_before(embedding):
    before = embedding.embed("the price")
    embedding.embed("word " * 2_000)
    assert np.array_equal(before, embedding.embed("the price"))


@pytest.mark.parametrize("text", ["", "😀", "これは文です", "word " * 2_000, "\x00\x01"])
def test_odd_text_has_a_vector_too(embedding, text):
    assert np.isfinite(embedding.embed(text)).all()


def test_a_damaged_folder_is_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="roomtone models fetch minilm") as caught:
        SentenceEmbedding(tmp_path)
    assert caught.value.code == "embedding_damaged"

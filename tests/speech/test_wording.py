from pathlib import Path

import numpy as np
import pytest

from roomtone.errors import ModelError
from roomtone.speech import fusion
from roomtone.speech.voice_model import VoiceClass, VoiceHeard
from roomtone.speech.wording import FEELINGS, FILE, WordingReader, sentences
from roomtone.types import Label

pytestmark = pytest.mark.unit

WEIGHTS = fusion.load(Path(__file__).parents[2] / "models").cues.words
SAD, ANGRY, GLAD = (
    "We have lost nearly everything now.",
    "That company lied to us again.",
    "My team will be so pleased.",
)
PLAIN = "The invoice is due in May."


def vector(sentence: str) -> np.ndarray:
    """A made-up embedding with a direction for each of the sentences here."""
    found = np.zeros(len(FEELINGS), np.float32)
    found[{SAD: 3, ANGRY: 2, GLAD: 1}.get(sentence, 0)] = 1.0
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.savez(
        tmp_path / FILE,
        feelings=np.array(FEELINGS),
        weights=5 * np.eye(len(FEELINGS)),
        bias=np.zeros(len(FEELINGS)),
    )
    return tmp_path


@pytest.fixture
def reader(folder: Path) -> WordingReader:
    return WordingReader(folder, vector)


def voice(arousal: float) -> VoiceHeard:
    return VoiceHeard(dict.fromkeys(VoiceClass, 0.2), arousal, 0.5)


@pytest.mark.parametrize(
    ("text", "label"), [(SAD, Label.DEFEATED), (ANGRY, Label.UPSET), (GLAD, Label.EXCITED)]
)
def test_the_sentence_that_says_most_is_quoted(text: str, label: Label, reader: WordingReader) -> None:
    (cue,) = reader.cues(f"{PLAIN} {text} {PLAIN}", voice(0.9), WEIGHTS)
    assert cue.label is label
    assert cue.evidence == f'"{text}"'
    assert 0 < cue.log_odds <= WEIGHTS.meaning_most


def test_plain_words_say_nothing(reader: WordingReader) -> None:
    assert reader.cues(PLAIN, voice(0.9), WEIGHTS) == []
    assert reader.cues("", None, WEIGHTS) == []


def test_friendly_words_in_a_calm_voice_are_politeness(reader: WordingReader) -> None:
    assert reader.cues(GLAD, voice(0.2), WEIGHTS) == []
    assert [cue.label for cue in reader.cues(GLAD, None, WEIGHTS)] == [Label.EXCITED]


@pytest.mark.parametrize(
    "text", ["Thank you so much for that.", "I'm sorry, say that again please.", "Oh no."]
)
def test_politeness_and_a_few_words_are_not_looked_at(text: str, folder: Path) -> None:
    reader = WordingReader(folder, lambda _: np.eye(len(FEELINGS), dtype=np.float32)[3])
    assert reader.cues(text, voice(0.9), WEIGHTS) == []


def test_a_long_text_is_cut_and_its_end_is_looked_at() -> None:
    assert sentences("One two. Three? Four!") == ["One two.", "Three?", "Four!"]
    endless = sentences("word " * 500)
    assert len(endless) <= 6
    assert all(len(sentence.split()) <= 40 for sentence in endless)


def test_long_sentences_are_quoted_in_part(folder: Path) -> None:
    reader = WordingReader(folder, lambda _: np.eye(len(FEELINGS), dtype=np.float32)[3])
    text = "we had to let most of the people in the warehouse go last autumn and it has been quiet"
    (cue,) = reader.cues(text, None, WEIGHTS)
    assert len(cue.evidence) <= 46
    assert text.startswith(cue.evidence.strip('"').rstrip("\N{HORIZONTAL ELLIPSIS}"))


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_is_one_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ModelError):
        WordingReader(tmp_path, vector)


def test_a_head_for_another_embedding_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError) as caught:
        WordingReader(folder, lambda _: np.zeros(7, np.float32))
    assert caught.value.code == "reading_model_damaged"

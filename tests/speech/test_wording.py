from pathlib import Path

import numpy as np
import pytest

from roomtone.errors import ModelError
from roomtone.speech import fusion
from roomtone.speech.baseline import SpeakerBaseline
from roomtone.speech.cues import Cue
from roomtone.speech.voice_model import VoiceClass, VoiceHeard
from roomtone.speech.word_heads import TONES
from roomtone.speech.wording import WordingReader, sentences
from roomtone.spoken import spoken
from roomtone.types import Label, Question, QuestionKind
from speech.word_models import EVASIVE, HEDGED, direction, write

pytestmark = pytest.mark.unit

WEIGHTS = fusion.load(Path(__file__).parents[2] / "models").cues.words
SAD, ANGRY, GLAD, AGAINST, UNSURE, VAGUE = (
    "We have lost nearly everything now.",
    "That company lied to us again.",
    "My team will be so pleased.",
    "The screen is far too dark.",
    "It would be all right, in some way.",
    "These matters take the time they take.",
)
PLAIN = "The invoice is due in May."
DIRECTIONS = {
    SAD: TONES.index("sadness"),
    ANGRY: TONES.index("disgust"),
    GLAD: TONES.index("joy"),
    AGAINST: TONES.index("negative"),
    UNSURE: HEDGED,
    VAGUE: EVASIVE,
}
BY_WORDS = {spoken(text): place for text, place in DIRECTIONS.items()}
WHEN = Question("And when would you want to start?", QuestionKind.FACT)


def vector(words: str) -> np.ndarray:
    return direction(BY_WORDS.get(words, TONES.index("neutral")))


@pytest.fixture
def reader(tmp_path: Path) -> WordingReader:
    return WordingReader(write(tmp_path), vector)


@pytest.fixture
def sad_reader(tmp_path: Path) -> WordingReader:
    """A reader to whom everything is sad."""
    return WordingReader(write(tmp_path), lambda _: direction(TONES.index("sadness")))


@pytest.fixture
def baseline() -> SpeakerBaseline:
    return SpeakerBaseline(8)


def voice(arousal: float) -> VoiceHeard:
    return VoiceHeard(dict.fromkeys(VoiceClass, 0.2), arousal, 0.5)


@pytest.mark.parametrize(
    ("text", "label"), [(SAD, Label.DEFEATED), (ANGRY, Label.UPSET), (GLAD, Label.EXCITED)]
)
def test_the_sentence_that_says_most_is_quoted(text: str, label: Label, reader: WordingReader) -> None:
    (cue,) = reader.cues(f"{PLAIN} {text} {PLAIN}", voice(0.9), WEIGHTS)
    assert cue == Cue(label, WEIGHTS.meaning, f'"{text}"')


def test_plain_words_say_nothing(reader: WordingReader) -> None:
    assert reader.cues(PLAIN, voice(0.9), WEIGHTS) == []
    assert reader.cues("", None, WEIGHTS) == []


def test_friendly_words_in_a_calm_voice_are_politeness(reader: WordingReader) -> None:
    assert reader.cues(GLAD, voice(0.2), WEIGHTS) == []
    assert [cue.label for cue in reader.cues(GLAD, None, WEIGHTS)] == [Label.EXCITED]


def test_what_is_spoken_of_badly_speaks_for_two_states_alike(reader: WordingReader) -> None:
    found = reader.cues(f"{PLAIN} {AGAINST}", voice(0.2), WEIGHTS)
    assert [cue.label for cue in found] == [Label.UPSET, Label.DEFEATED]
    assert {cue.evidence for cue in found} == {f'"{AGAINST}" \N{EN DASH} unfavourable'}
    assert {cue.log_odds for cue in found} == {WEIGHTS.against}


def test_a_feeling_with_a_name_goes_before_speaking_against(reader: WordingReader) -> None:
    assert [cue.label for cue in reader.cues(f"{ANGRY} {AGAINST}", None, WEIGHTS)] == [Label.UPSET]


@pytest.mark.parametrize(
    "text",
    [
        "Thank you so much for that.",
        "I'm sorry, say that again please.",
        "It was nice talking to you.",
        "Are you sad about the news?",
        "Oh no.",
    ],
)
def test_politeness_questions_and_a_few_words_are_not_looked_at(text: str, sad_reader: WordingReader) -> None:
    assert sad_reader.cues(text, voice(0.9), WEIGHTS) == []


def test_a_hedged_sentence_is_quoted(reader: WordingReader, baseline: SpeakerBaseline) -> None:
    (cue,) = reader.hedge_cues(f"{PLAIN} {UNSURE}", baseline, WEIGHTS)
    assert cue.label is Label.GUARDED
    assert cue.evidence == f'"{UNSURE}" \N{EN DASH} hedged'
    assert 0 < cue.log_odds < WEIGHTS.hedged_sentence


def test_more_hedged_sentences_count_more_and_are_counted(
    reader: WordingReader, baseline: SpeakerBaseline
) -> None:
    (one,) = reader.hedge_cues(UNSURE, baseline, WEIGHTS)
    (two,) = reader.hedge_cues(f"{UNSURE} {UNSURE}", baseline, WEIGHTS)
    assert two.log_odds > one.log_odds
    assert two.evidence.endswith("hedged in 2 sentences")


def test_who_hedges_every_sentence_says_nothing_by_it(
    reader: WordingReader, baseline: SpeakerBaseline
) -> None:
    for _ in range(12):
        reader.remember(UNSURE, baseline)
    assert reader.hedge_cues(UNSURE, baseline, WEIGHTS) == []
    assert reader.hedge_cues(PLAIN, baseline, WEIGHTS) == []


def test_a_question_left_open_is_named_and_the_answer_quoted(reader: WordingReader) -> None:
    (cue,) = reader.evasion_cues(WHEN, VAGUE, WEIGHTS)
    assert cue == Cue(
        Label.GUARDED, WEIGHTS.evasive, f'did not say when \N{EN DASH} "{VAGUE[:32]}\N{HORIZONTAL ELLIPSIS}"'
    )


def test_an_answer_and_talk_that_answers_nothing_are_not_evasive(reader: WordingReader) -> None:
    assert reader.evasion_cues(WHEN, PLAIN, WEIGHTS) == []
    assert reader.evasion_cues(None, VAGUE, WEIGHTS) == []


def test_each_sentence_is_embedded_once(tmp_path: Path, baseline: SpeakerBaseline) -> None:
    seen: list[str] = []

    def embed(words: str) -> np.ndarray:
        seen.append(words)
        return vector(words)

    reader = WordingReader(write(tmp_path), embed)
    seen.clear()
    reader.hedge_cues(f"{UNSURE} {PLAIN}", baseline, WEIGHTS)
    reader.cues(f"{UNSURE} {PLAIN}", None, WEIGHTS)
    reader.remember(f"{UNSURE} {PLAIN}", baseline)
    assert seen == [spoken(UNSURE), spoken(PLAIN)]


def test_a_long_text_is_cut_and_its_end_is_looked_at() -> None:
    assert sentences("One two. Three? Four!") == ["One two.", "Three?", "Four!"]
    endless = sentences("word " * 500)
    assert len(endless) <= 6
    assert all(len(sentence.split()) <= 40 for sentence in endless)


def test_long_sentences_are_quoted_in_part(sad_reader: WordingReader) -> None:
    text = "we had to let most of the people in the warehouse go last autumn and it has been quiet"
    (cue,) = sad_reader.cues(text, None, WEIGHTS)
    assert len(cue.evidence) <= 46
    assert text.startswith(cue.evidence.strip('"').rstrip("\N{HORIZONTAL ELLIPSIS}"))


def test_heads_for_another_embedding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        WordingReader(write(tmp_path), lambda _: np.zeros(7, np.float32))
    assert caught.value.code == "reading_model_damaged"

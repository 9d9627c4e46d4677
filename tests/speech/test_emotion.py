from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roomtone.config.settings import ReadingSettings
from roomtone.errors import ModelError
from roomtone.interfaces import EmotionClassifier
from roomtone.speech.emotion import EmotionReader
from roomtone.speech.fusion import STATES
from roomtone.speech.voice_model import VoiceClass, VoiceHeard, VoiceModel
from roomtone.speech.wording import WordingReader
from roomtone.types import (
    SAMPLE_RATE_HZ,
    HeardUtterance,
    Hypothesis,
    Label,
    Question,
    QuestionKind,
    Reading,
    Samples,
    Speaker,
    TurnHeard,
    Utterance,
)
from speech.hearing import melody
from speech.word_models import EVASIVE, HEDGED, direction, write

pytestmark = pytest.mark.unit

MODELS = Path(__file__).parents[2] / "models"
PLAIN = "we moved the office in March and the lease ends in two years"

ASKED = Question("And when did they come?", QuestionKind.FACT)


def evading(folder: Path, *further: int) -> WordingReader:
    """A reader of words to whom everything evades, and has further directions."""
    vector = np.sum([direction(place) for place in (EVASIVE, *further)], axis=0)
    return WordingReader(write(folder), lambda _: vector)


def voice(pitch_hz: float = 120.0, duration_s: float = 2.5, swing: float = 0.1) -> Samples:
    """A voice-like sound of four syllables in a second, its pitch swinging by a share of itself."""
    at_s = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    pitch = pitch_hz * (1 + swing * np.sin(2 * np.pi * 0.7 * at_s))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ
    tone = np.sum([np.sin(k * phase) / k for k in range(1, 20)], axis=0)
    return (0.1 * tone * (0.05 + np.sin(np.pi * 4 * at_s) ** 2)).astype(np.float32)


def turn(
    samples: Samples | None = None,
    text: str = PLAIN,
    *,
    speaker: Speaker = Speaker.CUSTOMER,
    offset_s: float | None = None,
    question: Question | None = None,
    encoder: np.ndarray | None = None,
    rejected: str = "",
    language: str = "en",
) -> TurnHeard:
    samples = voice() if samples is None else samples
    end_s = len(samples) / SAMPLE_RATE_HZ
    utterance = Utterance("u1", "customer", speaker, 0.0, end_s, 0.0, samples, end_s)
    encoder = np.zeros(384, np.float32) if encoder is None else encoder
    heard = HeardUtterance(utterance, Hypothesis((), text, language, end_s, -0.2, 0.0, encoder, rejected))
    return TurnHeard(speaker, 0.0, end_s, (heard,), offset_s, question)


@pytest.fixture
def reader() -> EmotionReader:
    return EmotionReader(MODELS, ReadingSettings())


@pytest.fixture
def settled(reader: EmotionReader) -> EmotionReader:
    """A reader that knows the customer."""
    return settle(reader)


def settle(reader: EmotionReader) -> EmotionReader:
    """Let a reader get to know the customer: plain words, answers after 0.6 s."""
    for pitch_hz in (115.0, 120.0, 125.0, 118.0):
        reader.predict(turn(voice(pitch_hz), offset_s=0.6, question=ASKED))
    return reader


def hear_voice_as(monkeypatch: pytest.MonkeyPatch, *, arousal: float = 0.5, **probabilities: float) -> None:
    """Let the voice model answer with these probabilities, the rest being neutral."""
    answer = {name: probabilities.get(name.value, 0.0) for name in VoiceClass}
    answer[VoiceClass.NEUTRAL] = 1.0 - sum(probabilities.values())
    heard = VoiceHeard(answer, arousal, 0.5)
    monkeypatch.setattr(VoiceModel, "hear", lambda *_args, **_kwargs: heard)


def assert_well_formed(reading: Reading) -> None:
    assert set(reading.probabilities) == set(STATES)
    assert sum(reading.probabilities.values()) == pytest.approx(1.0)
    assert min(reading.probabilities.values()) >= 0
    assert len(reading.evidence) <= 2
    assert reading.model


def test_reader_is_an_emotion_classifier(reader: EmotionReader) -> None:
    classifier: EmotionClassifier = reader
    assert classifier.name


def test_nothing_is_said_before_the_voice_is_known(reader: EmotionReader) -> None:
    for _ in range(ReadingSettings().settle_turns):
        assert not reader.settled(Speaker.CUSTOMER)
        reading = reader.predict(turn())
        assert reading.label is Label.CANNOT_TELL
        assert reading.evidence == ("still getting to know this voice",)
    assert reader.settled(Speaker.CUSTOMER)
    assert not reader.settled(Speaker.SELLER)
    assert reader.predict(turn()).evidence != ("still getting to know this voice",)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(0, np.float32), "less than 1 s of speech"),
        (np.zeros(60_000, np.float32), "less than 1 s of speech"),
        (voice(duration_s=0.5), "less than 1 s of speech"),
        (np.full(60_000, np.nan, np.float32), "part of the recording is damaged"),
        (np.where(np.arange(40_000) == 7, np.inf, voice()), "part of the recording is damaged"),
    ],
    ids=["empty", "silent", "short", "no numbers", "one infinite sample"],
)
def test_odd_audio_is_no_guess_and_leaves_the_baseline_alone(
    samples: Samples, reason: str, settled: EmotionReader
) -> None:
    undisturbed = settle(EmotionReader(MODELS, ReadingSettings()))
    reading = settled.predict(turn(samples.astype(np.float32)))
    assert_well_formed(reading)
    assert reading.label is Label.CANNOT_TELL
    assert reading.evidence == (reason,)
    assert settled.predict(turn()) == undisturbed.predict(turn())


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"samples": np.sign(voice()).astype(np.float32)}, "the recording is too loud and distorted"),
        ({"samples": melody(3.0, -20.0), "text": ""}, "no words were understood"),
        ({"text": "you you you", "rejected": "repetition"}, "no words were understood"),
        (
            {"text": "Das ist doch eine Unverschämtheit.", "language": "de"},
            "not in English, so there are no words to go by",
        ),
    ],
    ids=["clipped", "music", "refused words", "another language"],
)
def test_what_cannot_be_weighed_is_no_guess(
    odd: dict[str, Any], reason: str, settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, upset=0.99)
    reading = settled.predict(turn(**odd))
    assert_well_formed(reading)
    assert (reading.label, reading.evidence) == (Label.CANNOT_TELL, (reason,))


def test_turn_without_utterances_is_no_guess(settled: EmotionReader) -> None:
    reading = settled.predict(TurnHeard(Speaker.CUSTOMER, 0.0, 1.0, (), None))
    assert reading.label is Label.CANNOT_TELL


def test_same_turns_give_same_readings() -> None:
    turns = [turn(voice(110 + 10 * n), offset_s=0.5, question=ASKED) for n in range(6)]
    first, second = (EmotionReader(MODELS, ReadingSettings()) for _ in range(2))
    assert [first.predict(one) for one in turns] == [second.predict(one) for one in turns]


def test_encoder_output_is_used_where_it_fits(settled: EmotionReader) -> None:
    assert settled.predict(turn()).model.startswith("reading_prosody")
    fitting = settled.predict(turn(encoder=np.zeros(1024, np.float32)))
    assert_well_formed(fitting)
    assert fitting.model.startswith("reading_voice")
    broken = settled.predict(turn(encoder=np.full(1024, np.nan, np.float32)))
    assert broken.model.startswith("reading_prosody")


def test_the_encoder_of_another_model_of_the_same_width_is_left_alone() -> None:
    reader = EmotionReader(MODELS, ReadingSettings(settle_turns=1), recogniser="whisper-base.en")
    reader.predict(turn())
    reading = reader.predict(turn(encoder=np.zeros(1024, np.float32)))
    assert reading.model.startswith("reading_prosody")


@pytest.mark.parametrize("recogniser", ["base", "tiny"])
def test_without_an_encoders_output_the_measured_voice_is_read(recogniser: str) -> None:
    reader = EmotionReader(MODELS, ReadingSettings(), recogniser)
    for _ in range(4):
        reading = reader.predict(turn(encoder=np.zeros(0, np.float32)))
    assert reading.model == VoiceModel(MODELS / "reading_prosody.onnx").name


def test_a_neutral_voice_with_plain_words_is_neutral(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch)
    reading = settled.predict(turn(offset_s=0.7))
    assert reading.label is Label.NEUTRAL
    assert reading.evidence == ("voice close to their usual", "nothing telling in their words or timing")


def test_a_livelier_voice_and_pleased_words_are_excited(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, excited=0.6)
    reading = settled.predict(turn(voice(230.0, swing=0.35), "Oh wow, I love it."))
    assert reading.label is Label.EXCITED
    assert reading.evidence == ('said "wow", "love it"', "voice higher and livelier than their usual")


def test_a_state_without_anything_to_show_is_not_named(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, upset=0.95)
    reading = settled.predict(turn())
    assert reading.probabilities[Label.UPSET] > 0.5
    assert reading.label is Label.CANNOT_TELL
    assert reading.evidence == ()


def test_low_probability_is_no_guess(settled: EmotionReader, monkeypatch: pytest.MonkeyPatch) -> None:
    hear_voice_as(monkeypatch, excited=0.3, upset=0.3, defeated=0.3)
    assert settled.predict(turn()).label is Label.CANNOT_TELL


def test_a_tense_voice_alone_is_never_guarded(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, tense=1.0)
    assert settled.predict(turn()).label is not Label.GUARDED


@pytest.mark.parametrize(
    ("text", "offset_s"),
    [("Maybe we do that in spring and then look at it again.", 0.6), (PLAIN, 2.6)],
    ids=["one hedge", "one late answer"],
)
def test_one_sign_is_not_guarded(
    text: str, offset_s: float, settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch)
    reading = settled.predict(turn(text=text, offset_s=offset_s, question=ASKED))
    assert reading.label is not Label.GUARDED


def test_hedging_late_and_putting_off_together_are_guarded(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, tense=0.5)
    text = "Maybe, I guess so. I'd have to think about it."
    reading = settled.predict(turn(text=text, offset_s=2.6, question=ASKED))
    assert reading.label is Label.GUARDED
    assert reading.evidence == (
        'said "I\'d have to think"',
        '"Maybe, I guess" \N{EN DASH} hedged twice',
    )


def test_a_question_left_open_late_in_a_tense_voice_is_guarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, tense=0.9)
    reader = EmotionReader(MODELS, ReadingSettings(), wording=evading(tmp_path))
    for _ in range(4):
        reader.predict(turn(offset_s=0.6))
    text = "It takes the time it takes."
    explained = reader.explain(turn(text=text, offset_s=2.6, question=ASKED))
    assert explained.reading.label is Label.GUARDED
    assert explained.reading.evidence == (
        f'did not say when \N{EN DASH} "{text}"',
        "answered after 2.6 s, usually 0.6 s",
    )
    asked_back = reader.explain(turn(text="When did who come?", offset_s=0.6, question=ASKED))
    assert asked_back.cues == ()


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("I guess, perhaps we'll see.", ['said "we\'ll see"']),
        (
            "It takes, I guess, perhaps a while.",
            ['did not say when \N{EN DASH} "It takes, I guess, perhaps a…"'],
        ),
        ("I guess that's it, I suppose.  We'll see.", ['said "We\'ll see"', "hedged"]),
    ],
)
def test_one_sentence_is_one_sign_of_guarded(text: str, evidence: list[str], tmp_path: Path) -> None:
    reader = EmotionReader(MODELS, ReadingSettings(), wording=evading(tmp_path, HEDGED))
    explained = reader.explain(turn(text=text, question=ASKED))
    shown = [cue.evidence for cue in explained.cues if cue.label is Label.GUARDED]
    assert len(shown) == len(evidence)
    assert all(line in one for line, one in zip(evidence, shown, strict=True))


def test_without_an_embedding_hedges_beside_a_phrase_are_the_same_sign(settled: EmotionReader) -> None:
    explained = settled.explain(turn(text="I guess, perhaps, maybe we'll see."))
    assert [cue.evidence for cue in explained.cues] == ['said "we\'ll see"']


def test_with_an_embedding_hedged_sentences_are_counted_against_the_own_habit(tmp_path: Path) -> None:
    wording = WordingReader(write(tmp_path), lambda _: direction(HEDGED))
    reader = EmotionReader(MODELS, ReadingSettings(), wording=wording)
    first, *_, last = [reader.explain(turn()) for _ in range(12)]
    assert any(cue.evidence.endswith("hedged") for cue in first.cues)
    assert not any(cue.evidence.endswith("hedged") for cue in last.cues)


def test_refused_words_are_not_read(settled: EmotionReader, monkeypatch: pytest.MonkeyPatch) -> None:
    hear_voice_as(monkeypatch, upset=0.1)
    text = "This is unacceptable, I'm fed up with it."
    heard = settled.predict(turn(text=text))
    refused = settled.predict(turn(text=text, rejected="loop"))
    assert heard.probabilities[Label.UPSET] > refused.probabilities[Label.UPSET]


def test_each_speaker_has_a_baseline(settled: EmotionReader) -> None:
    assert settled.predict(turn(speaker=Speaker.SELLER)).evidence == ("still getting to know this voice",)


def test_turns_that_sounded_upset_from_the_first_are_not_what_is_usual(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    upset = VoiceHeard({name: 0.8 if name is VoiceClass.UPSET else 0.05 for name in VoiceClass}, 0.9, 0.1)
    given: list[float] = []

    def hear(*_args: object, sounded_neutral: float, **_kwargs: object) -> VoiceHeard:
        given.append(sounded_neutral)
        return upset

    monkeypatch.setattr(VoiceModel, "hear", hear)
    monkeypatch.setattr(VoiceModel, "hear_alone", lambda *_args: upset)
    others = EmotionReader(MODELS, ReadingSettings())
    for _ in range(ReadingSettings().settle_turns):
        others.predict(turn())
    for reader in (settled, others):
        reader.predict(turn())
    assert given[0] > given[1] == pytest.approx(0.05)


def test_the_threshold_of_the_settings_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    hear_voice_as(monkeypatch, upset=0.4)
    for least, label in ((0.5, Label.NEUTRAL), (0.95, Label.CANNOT_TELL)):
        reader = EmotionReader(MODELS, ReadingSettings(min_probability=least, settle_turns=1))
        reader.predict(turn())
        assert reader.predict(turn()).label is label


@pytest.fixture
def colleague(monkeypatch: pytest.MonkeyPatch) -> EmotionReader:
    """A reader that knows a colleague whose voice it must not read, and would raise if it did."""

    def refuse(*_args: object, **_kwargs: object) -> VoiceHeard:
        raise AssertionError("the voice of a colleague was read")

    monkeypatch.setattr(VoiceModel, "hear", refuse)
    monkeypatch.setattr(VoiceModel, "hear_alone", refuse)
    reader = EmotionReader(MODELS, ReadingSettings(), words_only=frozenset({Speaker.CUSTOMER}))
    for pitch_hz in (115.0, 120.0, 125.0, 118.0):
        reader.predict(turn(voice(pitch_hz), offset_s=0.6, question=ASKED))
    return reader


def test_a_colleague_is_read_from_words_and_timing_alone(colleague: EmotionReader) -> None:
    text = "Maybe, I guess so. I'd have to think about it."
    explained = colleague.explain(turn(voice(260.0), text, offset_s=2.6, question=ASKED))
    assert explained.voice is None
    assert explained.changes == {}
    assert explained.reading.label is Label.GUARDED
    assert not any("voice" in line for line in explained.reading.evidence)


def test_a_colleague_who_says_nothing_telling_is_not_called_neutral(colleague: EmotionReader) -> None:
    assert colleague.predict(turn(offset_s=0.6)).label is Label.CANNOT_TELL


def test_the_voice_of_a_colleague_makes_no_difference(colleague: EmotionReader) -> None:
    calm, loud = (colleague.predict(turn(voice(pitch_hz), offset_s=0.6)) for pitch_hz in (118.0, 280.0))
    assert calm.probabilities == loud.probabilities


def test_one_odd_turn_is_not_named_as_soon_as_a_second(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch)
    settled.predict(turn())
    hear_voice_as(monkeypatch, upset=0.85)
    first, second = (settled.predict(turn()).probabilities[Label.UPSET] for _ in range(2))
    assert first < second


def test_an_explanation_holds_what_the_reading_rests_on(
    settled: EmotionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_voice_as(monkeypatch, excited=0.6, arousal=0.8)
    explained = settled.explain(turn(voice(230.0, swing=0.35), "Oh wow, I love it."))
    assert explained.reading.label is Label.EXCITED
    assert explained.turns_before == 4
    assert explained.voice is not None
    assert explained.voice.arousal == pytest.approx(0.8)
    assert explained.changes["pitch_median_st"] > 1.0
    assert any(cue.label is Label.EXCITED and "love it" in cue.evidence for cue in explained.cues)


def test_missing_models_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        EmotionReader(tmp_path, ReadingSettings())

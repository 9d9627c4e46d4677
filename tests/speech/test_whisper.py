"""Whisper on real recordings: limits on error rates, never exact text."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from roomtone.audio.resample import Track
from roomtone.config.settings import VadSettings, WhisperSettings
from roomtone.errors import ConfigError, ModelError
from roomtone.speech.attempt import SECONDS_PER_ENCODER_FRAME, Encoded
from roomtone.speech.whisper import TOKENS_PER_SECOND, WhisperTranscriber
from roomtone.types import SAMPLE_RATE_HZ, Effort, Hypothesis, Samples, Speaker, Utterance

from .hearing import listen, mains_hum, real_speech, silence, white_noise

pytestmark = pytest.mark.model

READ_SPEECH = Path(__file__).parents[1] / "data" / "read_speech"
MOST_ERRORS_PERCENT = 20.0
"""Whisper base makes 12 % on this kind of speech; three utterances are few."""
normalised = EnglishTextNormalizer()


@pytest.fixture(scope="module")
def base(whisper_base: Path) -> WhisperTranscriber:
    return WhisperTranscriber(whisper_base, WhisperSettings(language="en", threads=1))


def utterance(samples: Samples, number: int = 1) -> Utterance:
    length_s = len(samples) / SAMPLE_RATE_HZ
    return Utterance(
        utterance_id=f"customer-{number}",
        source_id="customer",
        speaker=Speaker.CUSTOMER,
        start_s=100.0,
        end_s=100.0 + length_s,
        audio_start_s=100.0,
        samples=samples,
        closed_at_s=101.0 + length_s,
    )


def read_speech() -> dict[str, Samples]:
    """The bundled recordings with the words that were read."""
    rows = (READ_SPEECH / "transcripts.tsv").read_text(encoding="utf-8").splitlines()[1:]
    spoken = {}
    for name, _, words in (row.split("\t") for row in rows):
        track = Track(READ_SPEECH / name)
        spoken[words] = track.read(60 * SAMPLE_RATE_HZ)[:, 0].copy()
        track.close()
    return spoken


def one_after_the_other(pause_s: float = 1.0) -> tuple[Utterance, Utterance]:
    """Two of them by one speaker."""
    first, second, *_ = (utterance(samples, number) for number, samples in enumerate(read_speech().values()))
    start_s = first.end_s + pause_s
    end_s = start_s + second.end_s - second.start_s
    return first, replace(second, start_s=start_s, audio_start_s=start_s, end_s=end_s)


def error_percent(truths: list[str], texts: list[str]) -> float:
    return 100.0 * float(jiwer.wer(list(map(normalised, truths)), list(map(normalised, texts))))


def assert_sound(hypothesis: Hypothesis, heard: Utterance) -> None:
    """Words are in order and inside the utterance, and their text is the text."""
    times = [time_s for word in hypothesis.words for time_s in (word.start_s, word.end_s)]
    starts = [word.start_s for word in hypothesis.words]
    assert starts == sorted(starts)
    assert all(heard.start_s <= time_s <= heard.end_s for time_s in times)
    assert all(0.0 <= word.probability <= 1.0 for word in hypothesis.words)
    assert " ".join(word.text for word in hypothesis.words) == hypothesis.text


def test_read_speech_is_understood(base: WhisperTranscriber) -> None:
    spoken = read_speech()
    texts = []
    for samples in spoken.values():
        heard = utterance(samples)
        hypothesis = base.transcribe(replace(heard, source_id=f"reader-{len(texts)}"))
        assert_sound(hypothesis, heard)
        assert not hypothesis.rejected
        texts.append(hypothesis.text)
    assert error_percent(list(spoken), texts) <= MOST_ERRORS_PERCENT


def test_with_less_effort_much_the_same_is_understood(base: WhisperTranscriber) -> None:
    spoken = read_speech()
    texts = []
    for samples in spoken.values():
        heard = utterance(samples)
        hypothesis = base.transcribe(replace(heard, source_id=f"greedy-{len(texts)}"), Effort.GREEDY)
        assert_sound(hypothesis, heard)
        assert hypothesis.voice.shape == (1024,)
        texts.append(hypothesis.text)
    assert error_percent(list(spoken), texts) <= MOST_ERRORS_PERCENT


def test_telephone_speech_is_understood_in_context(whisper_base: Path) -> None:
    transcriber = WhisperTranscriber(whisper_base, WhisperSettings(language="en", threads=1))
    utterances = listen(real_speech(0.0, 45.0)).utterances
    found = [transcriber.transcribe(heard) for heard in utterances]
    for hypothesis, heard in zip(found, utterances, strict=True):
        if not hypothesis.rejected:
            assert_sound(hypothesis, heard)
    text = normalised(" ".join(hypothesis.text for hypothesis in found if not hypothesis.rejected))
    for said in ("2 weeks ago", "got a car from your dealership", "service light came on"):
        assert text.count(said) == 1, f"{said!r} in {text!r}"


def test_the_same_audio_gives_the_same_hypotheses(whisper_tiny: Path) -> None:
    def once() -> list[tuple[str, tuple[float, ...]]]:
        transcriber = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1))
        found = [transcriber.transcribe(heard) for heard in listen(real_speech(0.0, 30.0)).utterances]
        return [(hypothesis.text, tuple(hypothesis.voice.tolist())) for hypothesis in found]

    assert once() == once()


@pytest.mark.parametrize(
    "noise",
    [silence(2.0), white_noise(2.0, -40.0), mains_hum(3.0, -30.0)],
    ids=["silence", "hiss", "hum"],
)
@pytest.mark.parametrize("effort", [Effort.FULL, Effort.GREEDY])
def test_nothing_is_written_where_nobody_spoke(
    base: WhisperTranscriber, noise: Samples, effort: Effort
) -> None:
    hypothesis = base.transcribe(replace(utterance(noise), source_id="nobody"), effort)
    assert hypothesis.rejected
    assert hypothesis.words == ()


def test_the_voice_is_the_mean_and_spread_of_the_encoder(base: WhisperTranscriber) -> None:
    samples = real_speech(6.0, 9.0)
    voice = base.voice(base.encode(samples))
    assert voice.shape == (1024,)
    assert voice.dtype == np.float32
    assert np.isfinite(voice).all()
    assert (voice[512:] >= 0).all()


def test_a_voice_is_the_utterances_own_and_takes_no_pass_of_its_own(
    whisper_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = one_after_the_other()
    transcriber = WhisperTranscriber(whisper_base, WhisperSettings(threads=1))
    assert not transcriber.transcribe(first).rejected
    assert transcriber.contexts["customer"].before(second).pieces
    passes: list[Encoded] = []
    encode = transcriber.encode

    def counted(samples: Samples, **how: Any) -> Encoded:
        passes.append(encode(samples, **how))
        return passes[-1]

    monkeypatch.setattr(transcriber, "encode", counted)
    heard = transcriber.transcribe(second)
    (once,) = passes
    assert once.lead.words
    frames = np.asarray(once.output)[0]
    assert abs(once.frames - len(second.samples) / SAMPLE_RATE_HZ / SECONDS_PER_ENCODER_FRAME) <= 1
    assert heard.voice == pytest.approx([*frames[: once.frames].mean(0), *frames[: once.frames].std(0)])


def test_speech_without_a_pause_is_cut_without_losing_or_doubling_a_word(base: WhisperTranscriber) -> None:
    breathless = _without_pauses(real_speech(97.0, 120.0, Speaker.SELLER))
    whole, cut = (
        [
            base.transcribe(replace(heard, source_id=f"cut after {most_s}"))
            for heard in listen(breathless, settings=VadSettings(max_utterance_s=most_s)).utterances
        ]
        for most_s in (24.0, 6.0)
    )
    assert len(cut) >= len(whole) + 2
    words_whole, words_cut = (sum(len(hypothesis.words) for hypothesis in found) for found in (whole, cut))
    assert words_cut == pytest.approx(words_whole, rel=0.05)
    for earlier, later in pairwise(cut):
        assert normalised(earlier.words[-1].text) != normalised(later.words[0].text)


def _without_pauses(samples: Samples) -> Samples:
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    levels = np.sqrt((frames**2).mean(axis=1))
    return frames[levels > 0.02 * levels.max()].ravel()


def test_an_utterance_going_on_leaves_no_trace(whisper_tiny: Path) -> None:
    transcriber = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1))
    samples = next(iter(read_speech().values()))
    partial = transcriber.transcribe(replace(utterance(samples), still_open=True))
    assert_sound(partial, utterance(samples))
    whole = transcriber.transcribe(utterance(samples))
    fresh = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1)).transcribe(utterance(samples))
    assert whole.text == fresh.text


def test_an_utterance_that_may_be_over_is_what_it_will_be_and_is_not_worked_on_twice(
    whisper_tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcriber, plain = (WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1)) for _ in range(2))
    first, second, *_ = (utterance(samples, number) for number, samples in enumerate(read_speech().values()))
    second = replace(second, start_s=first.end_s + 1, audio_start_s=first.end_s + 1, end_s=first.end_s + 9)
    for whole in (first, second):
        shorter = replace(whole, samples=whole.samples[:32_000], end_s=whole.start_s + 2.0)
        transcriber.transcribe(replace(shorter, still_open=True, may_end=True))
        ahead = transcriber.transcribe(replace(whole, still_open=True, may_end=True))
        with monkeypatch.context() as patch:
            patch.setattr(transcriber, "encode", None)
            final = transcriber.transcribe(whole)
        assert final is ahead
        assert final.text == plain.transcribe(whole).text


def test_windows_have_few_lengths_for_each_costs_memory_for_good(whisper_tiny: Path) -> None:
    transcriber = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1))
    found = [transcriber.encode(silence(spoken_s)) for spoken_s in (1.0, 1.01, 1.5, 2.0, 2.01, 29.5)]
    assert [one.output.shape[1] * SECONDS_PER_ENCODER_FRAME for one in found] == [3, 4, 4, 4, 5, 30]
    assert [one.frames for one in found] == [50, 50, 75, 100, 100, 1475]


class Watched:
    """CTranslate2's model, which notes what it is told and how much it may write."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.limits: list[int] = []
        self.starts: list[list[int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, encoded: Any, starts: list[list[int]], *, max_length: int, **more: Any) -> Any:
        # As CTranslate2 has it: half of the length, and no more than is left of it.
        self.limits.append(min(max_length // 2, max_length - len(starts[0])))
        self.starts += starts
        return self._model.generate(encoded, starts, max_length=max_length, **more)


def test_the_decoder_may_write_all_that_can_be_said(whisper_tiny: Path) -> None:
    transcriber = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1))
    transcriber._model.model = watched = Watched(transcriber._model.model)
    samples = next(iter(read_speech().values()))
    transcriber.transcribe(utterance(samples))
    fastest_s = len(samples) / SAMPLE_RATE_HZ
    assert watched.limits[0] >= TOKENS_PER_SECOND * fastest_s


@pytest.mark.parametrize("pause_s", [1.0, 0.0])
def test_the_decoder_is_told_what_was_said_before_but_where_it_hears_it_again(
    whisper_base: Path, pause_s: float
) -> None:
    transcriber = WhisperTranscriber(whisper_base, WhisperSettings(language="en", threads=1))
    transcriber._model.model = watched = Watched(transcriber._model.model)
    first, second = one_after_the_other(pause_s)
    before = transcriber.transcribe(first)
    asked = len(watched.starts)
    after = transcriber.transcribe(second)
    told = transcriber._model.hf_tokenizer.decode(watched.starts[asked])
    assert told.strip() == (before.text if pause_s else "")
    assert normalised(after.text) == "by allah replied the fireman i tell thee the truth"


def test_a_term_nobody_said_is_not_written_and_changes_nothing(whisper_tiny: Path) -> None:
    terms = ("Roomtone", "Salesforce", "Kubernetes", "Medicine Hat", "Lastaken")
    with_terms = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1), terms=terms)
    without = WhisperTranscriber(whisper_tiny, WhisperSettings(threads=1))
    for samples in read_speech().values():
        assert with_terms.transcribe(utterance(samples)).text == without.transcribe(utterance(samples)).text


def test_the_language_is_found(whisper_base: Path) -> None:
    transcriber = WhisperTranscriber(whisper_base, WhisperSettings(threads=1))
    found = [transcriber.transcribe(utterance(samples)).language for samples in read_speech().values()]
    assert found == ["en", "en", "en"]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models fetch"):
        WhisperTranscriber(tmp_path, WhisperSettings())


def test_a_damaged_model_is_refused(tmp_path: Path, whisper_tiny: Path) -> None:
    for file in whisper_tiny.iterdir():
        if file.is_file() and file.name != "model.bin":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.bin").write_bytes((whisper_tiny / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match="models verify"):
        WhisperTranscriber(tmp_path, WhisperSettings())


@pytest.mark.parametrize(("model", "language"), [("whisper_base", "zz"), ("whisper_tiny", "de")])
def test_a_language_that_cannot_be_is_refused_at_the_start(
    model: str, language: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(ConfigError, match=f'"{language}"'):
        WhisperTranscriber(request.getfixturevalue(model), WhisperSettings(language=language))


def test_what_was_said_twice_and_heard_twice_stays(base: WhisperTranscriber) -> None:
    once = read_speech()["by allah replied the fireman i tell thee the truth"]
    twice = np.concatenate([once, silence(0.8), once])
    text = normalised(base.transcribe(replace(utterance(twice), source_id="twice")).text)
    assert text.count("the truth") == 2

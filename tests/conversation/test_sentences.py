"""Where utterances are cut into sentences, and which of them ask."""

import pytest

from roomtone.conversation.sentences import Sentence, questions, sentences
from roomtone.events import TranscriptFinal
from roomtone.types import Speaker, Word

pytestmark = pytest.mark.unit


def final(text: str, *, start_s: float = 0.0, words: tuple[str, ...] | None = None) -> TranscriptFinal:
    """One word a second, each lasting 0.8 s."""
    spoken = tuple(text.split()) if words is None else words
    timed = tuple(Word(word, start_s + i, start_s + i + 0.8, 0.9) for i, word in enumerate(spoken))
    return TranscriptFinal(
        t_s=start_s + 60,
        utterance_id="u",
        speaker=Speaker.SELLER,
        text=text,
        words=timed,
        start_s=start_s,
        end_s=start_s + 20.0,
        avg_logprob=0.0,
        no_speech_prob=0.0,
    )


def cut(heard: TranscriptFinal) -> list[tuple[float, float, str]]:
    return [(sentence.start_s, sentence.end_s, sentence.text) for sentence in sentences(heard)]


def test_an_utterance_is_cut_where_sentences_end() -> None:
    assert cut(final("Fine. And what does it cost? Not much")) == [
        (0.0, 0.8, "Fine."),
        (1.0, 5.8, "And what does it cost?"),
        (6.0, 7.8, "Not much"),
    ]


def test_a_full_stop_before_a_small_letter_ends_nothing() -> None:
    assert [text for _, _, text in cut(final("At 7 a.m. on Monday. Good."))] == [
        "At 7 a.m. on Monday.",
        "Good.",
    ]


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        (" A pick-up truck? Yes.", (" A", " pick", "-up", " truck?", " Yes."), ["A pick-up truck?", "Yes."]),
        ("いくらですか？はい。", ("いくら", "ですか？", "はい。"), ["いくらですか？", "はい。"]),
        ("words that are missing", ("other",), ["words that are missing"]),
        ("no word times at all", (), ["no word times at all"]),
        ("", (), []),
    ],
)
def test_the_text_stays_as_it_was_written(text: str, words: tuple[str, ...], found: list[str]) -> None:
    assert [sentence for _, _, sentence in cut(final(text, words=words))] == found


@pytest.mark.parametrize(
    ("text", "asks"),
    [("Why?", True), ("Why.", False), ("何？", True), ("He said “why?”", True), ("“Why?” Because.", False)],
)
def test_a_question_is_what_the_recogniser_wrote_as_one(text: str, asks: bool) -> None:
    assert Sentence(0, 1, text).is_question is asks


def test_each_question_of_an_utterance_counts_with_its_time() -> None:
    found = questions(final("Hi? How are you? Good."))
    assert [(question.end_s, question.text) for question in found] == [(0.8, "Hi?"), (3.8, "How are you?")]
    assert questions(final("Good.")) == ()

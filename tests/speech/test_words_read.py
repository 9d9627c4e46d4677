"""The bundled heads on the real sentence embedding."""

from pathlib import Path

import pytest

from roomtone.acts.embedding import SentenceEmbedding
from roomtone.acts.questions import kind
from roomtone.speech import fusion
from roomtone.speech.baseline import SpeakerBaseline
from roomtone.speech.wording import WordingReader
from roomtone.spoken import spoken
from roomtone.types import Label, Question, QuestionKind
from roomtone.weights import bundled_models_directory

pytestmark = pytest.mark.model

WEIGHTS = fusion.load(bundled_models_directory()).cues.words
WHEN = Question("When would you want to start with that?", QuestionKind.FACT)
READY = Question("Would you be ready to sign this week?", QuestionKind.CLOSED)
HOW = Question("How does the booking work today?", QuestionKind.OPEN)
NUMBER = Question("What is the part number?", QuestionKind.FACT)


@pytest.fixture(scope="module")
def reader(minilm: Path) -> WordingReader:
    return WordingReader(bundled_models_directory(), SentenceEmbedding(minilm).embed)


@pytest.mark.parametrize(
    ("question", "answer", "line"),
    [
        (WHEN, "We'd have to see.", 'did not say when \N{EN DASH} "We\'d have to see."'),
        (WHEN, "oh at some point, you know, when things calm down", "did not say when"),
        (READY, "Let's see how things develop.", "said neither yes nor no"),
        (HOW, "Oh, we get along somehow, we always have.", "did not say how"),
    ],
)
def test_an_evasive_answer_is_one_sign_of_guarded(
    question: Question, answer: str, line: str, reader: WordingReader
) -> None:
    (cue,) = reader.evasion_cues(question, answer, WEIGHTS)
    assert cue.label is Label.GUARDED
    assert cue.evidence.startswith(line)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (READY, "Yes."),
        (READY, "Not this week, I'm afraid."),
        (WHEN, "As soon as the roof is on."),
        (NUMBER, "I don't know the part number."),
        (NUMBER, "It's written on the box, and that's in the cellar."),
        (HOW, "People ring us and we write it into a book."),
        (HOW, "Do you mean the booking of rooms?"),
    ],
)
def test_a_plain_answer_is_not(question: Question, answer: str, reader: WordingReader) -> None:
    assert reader.evasion_cues(question, answer, WEIGHTS) == []


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What does your process look like today?", "We do it all in spreadsheets."),
        ("What does your process look like today?", "It's all on paper."),
        ("What's the biggest challenge you have right now?", "Too many tools that don't talk to each other."),
        ("What's changed since last year?", "We hired a lot of people."),
        ("What should I know before we start?", "We're in a hurry."),
        ("Who signs the contract?", "That would be our CFO."),
        ("Who would need to sign off on this?", "Legal and finance."),
        ("How long have you been with them?", "A long time."),
        ("How urgent is this for you?", "It isn't, to be honest."),
        ("Where do you see the biggest problem?", "People don't write things down."),
        ("When you get an order, how do you process it today?", "My assistant types it in."),
        ("Would you like to see the dashboard?", "Let's look at it."),
        ("Are you happy with your current provider?", "They're okay."),
    ],
)
def test_short_answers_of_buyers_are_plain(asked: str, answer: str, reader: WordingReader) -> None:
    question = Question(asked, kind(asked, spoken(asked)) or QuestionKind.CLOSED)
    assert reader.evasion_cues(question, answer, WEIGHTS) == []


def test_a_hedged_sentence_is_told_from_a_plain_one(reader: WordingReader) -> None:
    hedged = "I suppose it could possibly be something for us."
    plain = "What kind of pump is it, and who sorts the rest?"
    assert reader.hedged(f"{plain} {hedged}") == [hedged]
    (cue,) = reader.hedge_cues(f"{plain} {hedged}", SpeakerBaseline(8), WEIGHTS)
    assert cue.label is Label.GUARDED


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I absolutely love what you have done here.", Label.EXCITED),
        ("We are so sad that she had to leave us.", Label.DEFEATED),
    ],
)
def test_a_feeling_is_found_in_words(text: str, label: Label, reader: WordingReader) -> None:
    assert [cue.label for cue in reader.cues(text, None, WEIGHTS)] == [label]


@pytest.mark.parametrize(
    "text", ["I don't think so.", "It leaks when it rains.", "The invoice is due in May."]
)
def test_disagreement_and_facts_are_no_feelings(text: str, reader: WordingReader) -> None:
    assert reader.cues(text, None, WEIGHTS) == []

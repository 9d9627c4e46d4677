"""What every ``EmotionClassifier`` must do, a fake without models included."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from roomtone.config.settings import ReadingSettings
from roomtone.interfaces import EmotionClassifier
from roomtone.speech.emotion import EmotionReader
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
from speech.hearing import real_speech

pytestmark = pytest.mark.contract

MODELS = Path(__file__).parents[2] / "models"
STATES = [label for label in Label if label is not Label.CANNOT_TELL]
MOST_TURNS_TO_SETTLE = 10
STRETCHES_S = ((10.2, 13.2), (14.2, 18.4), (45.0, 49.0), (10.2, 13.0), (14.5, 18.0), (11.0, 13.2))


class CalmClassifier:
    """Hears everybody as neutral once it has heard two of their turns."""

    name = "calm"

    def __init__(self) -> None:
        self._turns: dict[Speaker, int] = {}

    def predict(self, turn: TurnHeard) -> Reading:
        settled = self.settled(turn.speaker)
        self._turns[turn.speaker] = self._turns.get(turn.speaker, 0) + 1
        label = Label.NEUTRAL if settled else Label.CANNOT_TELL
        return Reading(label, {state: float(state is Label.NEUTRAL) for state in STATES}, (), self.name)

    def settled(self, speaker: Speaker) -> bool:
        return self._turns.get(speaker, 0) >= 2


MakeClassifier = Callable[[], EmotionClassifier]


@pytest.fixture(
    params=[lambda: EmotionReader(MODELS, ReadingSettings()), CalmClassifier], ids=["reader", "calm"]
)
def make(request: pytest.FixtureRequest) -> MakeClassifier:
    factory: MakeClassifier = request.param
    return factory


def heard(
    samples: Samples, text: str = "well, we could look at it", *, voice_width: int = 1024, rejected: str = ""
) -> HeardUtterance:
    end_s = len(samples) / SAMPLE_RATE_HZ
    utterance = Utterance("u", "customer", Speaker.CUSTOMER, 0.0, end_s, 0.0, samples, end_s)
    voice = np.zeros(voice_width, np.float32)
    return HeardUtterance(utterance, Hypothesis((), text, "en", end_s, -0.3, 0.1, voice, rejected))


def turn(
    *parts: HeardUtterance, speaker: Speaker = Speaker.CUSTOMER, offset_s: float | None = 0.5
) -> TurnHeard:
    end_s = sum(part.utterance.end_s for part in parts)
    question = Question("And what do you think?", QuestionKind.OPEN) if offset_s is not None else None
    return TurnHeard(speaker, 0.0, end_s, parts, offset_s, question)


def real_turns(speaker: Speaker = Speaker.CUSTOMER) -> list[TurnHeard]:
    return [
        turn(heard(real_speech(start_s, end_s)), speaker=speaker, offset_s=0.3 + 0.1 * number)
        for number, (start_s, end_s) in enumerate(STRETCHES_S)
    ]


def assert_well_formed(reading: Reading) -> None:
    assert set(reading.probabilities) == set(STATES)
    assert sum(reading.probabilities.values()) == pytest.approx(1.0, abs=1e-6)
    assert all(0.0 <= probability <= 1.0 for probability in reading.probabilities.values())
    assert len(reading.evidence) <= 2
    assert all(line and "\n" not in line for line in reading.evidence)
    assert reading.model


def test_readings_of_real_turns_are_well_formed(make: MakeClassifier) -> None:
    classifier = make()
    assert classifier.name
    for one in real_turns():
        assert_well_formed(classifier.predict(one))


def test_nothing_is_named_before_the_voice_is_known(make: MakeClassifier) -> None:
    classifier = make()
    turns = real_turns()
    for number in range(MOST_TURNS_TO_SETTLE):
        if classifier.settled(Speaker.CUSTOMER):
            break
        assert classifier.predict(turns[number % len(turns)]).label is Label.CANNOT_TELL
    assert classifier.settled(Speaker.CUSTOMER)


def test_each_speaker_is_got_to_know_alone(make: MakeClassifier) -> None:
    classifier = make()
    for one in real_turns(Speaker.SELLER):
        classifier.predict(one)
    assert classifier.settled(Speaker.SELLER)
    assert not classifier.settled(Speaker.CUSTOMER)


def test_the_same_turns_give_the_same_readings(make: MakeClassifier) -> None:
    one, other = make(), make()
    assert [one.predict(turn) for turn in real_turns()] == [other.predict(turn) for turn in real_turns()]


ODD_TURNS = {
    "no utterance": lambda: turn(),
    "no samples": lambda: turn(heard(np.zeros(0, np.float32))),
    "one sample": lambda: turn(heard(np.ones(1, np.float32))),
    "silence": lambda: turn(heard(np.zeros(48_000, np.float32))),
    "constant": lambda: turn(heard(np.full(48_000, 0.5, np.float32))),
    "clipped": lambda: turn(heard(np.sign(real_speech(10.2, 13.2)).astype(np.float32))),
    "faint": lambda: turn(heard((1e-20 * real_speech(10.2, 13.2)).astype(np.float32))),
    "no numbers": lambda: turn(heard(np.full(48_000, np.nan, np.float32))),
    "infinite": lambda: turn(heard(np.full(48_000, np.inf, np.float32))),
    "no words": lambda: turn(heard(real_speech(10.2, 13.2), "")),
    "refused words": lambda: turn(heard(real_speech(10.2, 13.2), "you you you", rejected="repetition")),
    "no voice": lambda: turn(heard(real_speech(10.2, 13.2), voice_width=0)),
    "voice of another model": lambda: turn(heard(real_speech(10.2, 13.2), voice_width=384)),
    "first of the call": lambda: turn(heard(real_speech(10.2, 13.2)), offset_s=None),
    "long overlap": lambda: turn(heard(real_speech(10.2, 13.2)), offset_s=-30.0),
    "unknown side": lambda: turn(heard(real_speech(10.2, 13.2)), speaker=Speaker.UNKNOWN),
}


@pytest.mark.parametrize("odd", ODD_TURNS)
def test_an_odd_turn_never_raises_and_spoils_nothing(odd: str, make: MakeClassifier) -> None:
    classifier = make()
    assert_well_formed(classifier.predict(ODD_TURNS[odd]()))
    for one in real_turns():
        classifier.predict(one)
    assert_well_formed(classifier.predict(ODD_TURNS[odd]()))
    assert_well_formed(classifier.predict(real_turns()[0]))

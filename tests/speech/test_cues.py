from pathlib import Path

import pytest

from roomtone.speech import cues, fusion
from roomtone.speech.baseline import SpeakerBaseline
from roomtone.speech.cues import Cue
from roomtone.types import Label, Question, QuestionKind

pytestmark = pytest.mark.unit

WEIGHTS = fusion.load(Path(__file__).parents[2] / "models").cues

OPEN = Question("How does that work today?", QuestionKind.OPEN)
CLOSED = Question("Is it working?", QuestionKind.CLOSED)
FACT = Question("When does it come?", QuestionKind.FACT)


@pytest.fixture
def baseline() -> SpeakerBaseline:
    return SpeakerBaseline(8)


def labels(found: list[Cue]) -> set[Label]:
    return {cue.label for cue in found}


def only(found: list[Cue], label: Label) -> Cue:
    (cue,) = (cue for cue in found if cue.label is label)
    return cue


@pytest.mark.parametrize(
    ("text", "label", "quote"),
    [
        ("Oh, I love it, when can we start?", Label.EXCITED, "love it"),
        ("That's really great news.", Label.EXCITED, "That's really great"),
        ("This is unacceptable, we paid in March.", Label.UPSET, "unacceptable"),
        ("I'm so frustrated with this.", Label.UPSET, "frustrated"),
        ("There's no point in asking them again.", Label.DEFEATED, "There's no point"),
        ("Absolutely, the board is behind it.", Label.CONFIDENT, "Absolutely"),
        ("I'd rather not say.", Label.GUARDED, "I'd rather not"),
    ],
)
def test_phrases_are_quoted_as_they_were_said(text: str, label: Label, quote: str) -> None:
    cue = only(cues.phrase_cues(text, WEIGHTS.words), label)
    assert cue.evidence == f'said "{quote}"'
    assert quote in text
    assert cue.log_odds > 0


def test_typographic_apostrophes_are_understood_and_kept() -> None:
    cue = only(cues.phrase_cues("I’d rather not say.", WEIGHTS.words), Label.GUARDED)
    assert cue.evidence == 'said "I’d rather not"'


@pytest.mark.parametrize(
    "text",
    [
        "We ordered forty of them in May and they came in June.",
        "I don't love it.",
        "It's not absolutely urgent.",
        "I'd have to ask our accountant.",
        "I would need to check that with legal.",
        "Nobody is definitelyish.",
        "",
    ],
)
def test_plain_and_negated_words_say_nothing(text: str, baseline: SpeakerBaseline) -> None:
    assert cues.phrase_cues(text, WEIGHTS.words) == []
    assert cues.hedge_cues(text, baseline, WEIGHTS.words) == []


def test_a_second_different_phrase_counts_and_a_repeated_one_does_not() -> None:
    one = only(cues.phrase_cues("Absolutely. Absolutely.", WEIGHTS.words), Label.CONFIDENT)
    two = only(cues.phrase_cues("Absolutely, we're certain.", WEIGHTS.words), Label.CONFIDENT)
    assert two.log_odds == pytest.approx(2 * one.log_odds)
    assert two.evidence == 'said "Absolutely", "we\'re certain"'


def test_sentences_with_a_phrase_can_be_left_out() -> None:
    text = "Maybe.  I guess we’ll see. It does not depend, I guess!"
    assert cues.without_phrases(text, Label.GUARDED) == "Maybe. It does not depend, I guess!"
    assert cues.without_phrases("I'd have to think", Label.GUARDED) == ""


def test_one_hedge_is_never_enough(baseline: SpeakerBaseline) -> None:
    assert cues.hedge_cues("Maybe next week.", baseline, WEIGHTS.words) == []


def test_two_hedges_are_quoted_and_counted(baseline: SpeakerBaseline) -> None:
    text = "Fine. Well, maybe, I guess so."
    cue = only(cues.hedge_cues(text, baseline, WEIGHTS.words), Label.GUARDED)
    assert cue.evidence == '"Well, maybe, I guess" \N{EN DASH} hedged twice'


def test_hedges_far_apart_are_quoted_one_by_one(baseline: SpeakerBaseline) -> None:
    text = "Maybe we could look at the numbers of the last two quarters and then, perhaps, talk again."
    cue = only(cues.hedge_cues(text, baseline, WEIGHTS.words), Label.GUARDED)
    assert cue.evidence == '"Maybe", "perhaps" \N{EN DASH} hedged twice'


def test_a_speaker_who_always_hedges_is_not_guarded(baseline: SpeakerBaseline) -> None:
    habit = "Well maybe that is kind of how we do it, I guess, more or less."
    first = cues.hedge_cues(habit, baseline, WEIGHTS.words)
    for _ in range(20):
        cues.remember(habit, None, question=None, baseline=baseline)
    assert labels(first) == {Label.GUARDED}
    assert cues.hedge_cues(habit, baseline, WEIGHTS.words) == []


def answered(baseline: SpeakerBaseline, *delays_s: float, text: str = "") -> None:
    for delay_s in delays_s:
        cues.remember(text, delay_s, question=OPEN, baseline=baseline)


def test_a_late_answer_is_told_with_both_times(baseline: SpeakerBaseline) -> None:
    answered(baseline, 0.5, 0.6, 0.7)
    (cue,) = cues.timing_cues(2.1, 12, question=OPEN, baseline=baseline, weights=WEIGHTS.timing)
    assert cue == Cue(Label.GUARDED, WEIGHTS.timing.late, "answered after 2.1 s, usually 0.6 s")


@pytest.mark.parametrize("delay_s", [None, -0.4, 1.4, 30.0])
def test_overlaps_small_differences_and_searching_are_no_late_answers(
    delay_s: float | None, baseline: SpeakerBaseline
) -> None:
    answered(baseline, 0.5, 0.6, 0.7)
    assert cues.timing_cues(delay_s, 12, question=OPEN, baseline=baseline, weights=WEIGHTS.timing) == []


def test_nothing_is_usual_before_some_turns(baseline: SpeakerBaseline) -> None:
    answered(baseline, 0.5, 0.6, text="one two three four five six seven eight nine ten eleven twelve")
    assert cues.timing_cues(4.0, 1, question=OPEN, baseline=baseline, weights=WEIGHTS.timing) == []


def test_a_prompt_answer_speaks_for_confident(baseline: SpeakerBaseline) -> None:
    answered(baseline, 0.9, 1.1, 1.0)
    (cue,) = cues.timing_cues(0.2, 12, question=OPEN, baseline=baseline, weights=WEIGHTS.timing)
    assert cue.label is Label.CONFIDENT
    assert cue.evidence == "answered after 0.2 s, usually 1.0 s"


USUAL = "we have used the old system for nine years and people know it"


def test_a_few_words_to_an_open_question_count_against_usual_answers(baseline: SpeakerBaseline) -> None:
    answered(baseline, 0.5, 0.5, 0.5, text=USUAL)
    (cue,) = cues.timing_cues(None, 1, question=OPEN, baseline=baseline, weights=WEIGHTS.timing)
    assert cue.label is Label.GUARDED
    assert cue.evidence == "answered in 1 word, usually about 13 to an open question"
    assert cues.timing_cues(None, 4, question=OPEN, baseline=baseline, weights=WEIGHTS.timing) == []


@pytest.mark.parametrize("question", [None, CLOSED, FACT])
def test_a_word_answers_any_other_question_in_full(
    question: Question | None, baseline: SpeakerBaseline
) -> None:
    answered(baseline, 0.5, 0.5, 0.5, text=USUAL)
    assert cues.timing_cues(None, 1, question=question, baseline=baseline, weights=WEIGHTS.timing) == []


def test_short_answers_to_closed_questions_are_no_habit_for_open_ones(baseline: SpeakerBaseline) -> None:
    for _ in range(4):
        cues.remember("Yes.", 0.5, question=CLOSED, baseline=baseline)
        cues.remember(" ".join([USUAL] * 4), 0.5, question=OPEN, baseline=baseline)
    (cue,) = cues.timing_cues(None, 6, question=OPEN, baseline=baseline, weights=WEIGHTS.timing)
    assert cue.evidence.startswith("answered in 6 words, usually about ")


def test_nothing_is_short_to_somebody_who_was_asked_one_open_question(baseline: SpeakerBaseline) -> None:
    cues.remember(USUAL, 0.5, question=OPEN, baseline=baseline)
    for _ in range(4):
        cues.remember(USUAL, 0.5, question=FACT, baseline=baseline)
    assert cues.timing_cues(None, 1, question=OPEN, baseline=baseline, weights=WEIGHTS.timing) == []


def test_asking_back_is_no_answer() -> None:
    assert cues.answered(OPEN, "What do you mean by that?") is None
    assert cues.answered(OPEN, "We do it by hand.") is OPEN
    assert cues.answered(OPEN, f"{USUAL}, and that is that, isn't it?") is OPEN
    assert cues.answered(None, "Fine.") is None


def test_signs_in_two_turns_running_count_more(baseline: SpeakerBaseline) -> None:
    sign = [Cue(Label.GUARDED, 0.8, "answered after 2.1 s, usually 0.6 s")]
    assert cues.repeated_cues(sign, baseline, WEIGHTS.habits) == []
    baseline.guarded_before = True
    assert labels(cues.repeated_cues(sign, baseline, WEIGHTS.habits)) == {Label.GUARDED}
    assert cues.repeated_cues([Cue(Label.EXCITED, 1.0, "")], baseline, WEIGHTS.habits) == []


def test_coming_in_unlike_usual_speaks_for_two_states_alike(baseline: SpeakerBaseline) -> None:
    answered(baseline, 0.4, 0.6, 0.3, 0.5)
    found = cues.timing_cues(-0.9, 12, question=None, baseline=baseline, weights=WEIGHTS.timing)
    assert labels(found) == {Label.EXCITED, Label.UPSET}
    assert {cue.evidence for cue in found} == {"came in 0.9 s before you had finished, unlike usual"}


@pytest.mark.parametrize(("delay_s", "words"), [(-0.2, 12), (-0.9, 1), (-30.0, 12), (0.1, 12)])
def test_a_small_overlap_a_mm_hm_and_a_whole_turn_beside_are_no_coming_in(
    delay_s: float, words: int, baseline: SpeakerBaseline
) -> None:
    answered(baseline, 0.2, 0.3, 0.2, 0.2)
    found = cues.timing_cues(delay_s, words, question=None, baseline=baseline, weights=WEIGHTS.timing)
    assert found == []


def test_who_always_comes_in_says_nothing_by_it(baseline: SpeakerBaseline) -> None:
    answered(baseline, -0.9, 0.3, -0.8, -0.7)
    found = cues.timing_cues(-0.9, 12, question=None, baseline=baseline, weights=WEIGHTS.timing)
    assert found == []


def test_silence_from_somebody_who_usually_says_mm_hm_is_told(baseline: SpeakerBaseline) -> None:
    baseline.listened_s, baseline.backchannels = 90.0, 15
    (cue,) = cues.listening_cues(24.0, 0, baseline, WEIGHTS.timing)
    assert cue.label is Label.GUARDED
    assert cue.evidence == 'silent while you spoke for 24 s, usually "mm-hm" every 6 s'


@pytest.mark.parametrize(
    ("listened_s", "backchannels", "before_s", "before"),
    [(24.0, 1, 90.0, 15), (10.0, 0, 90.0, 15), (24.0, 0, 30.0, 15), (200.0, 0, 90.0, 0)],
    ids=["said one", "not long", "too little known", "never says it"],
)
def test_other_silence_is_no_sign(
    listened_s: float, backchannels: int, before_s: float, before: int, baseline: SpeakerBaseline
) -> None:
    baseline.listened_s, baseline.backchannels = before_s, before
    assert cues.listening_cues(listened_s, backchannels, baseline, WEIGHTS.timing) == []

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.manner import LEAST_SPEECH_S, SETTLED_SPEECH_S, Manner, Spoken

from .talk import stable

pytestmark = pytest.mark.unit

FILLERS = ConversationSettings().fillers


def heard(*lines: tuple[str, float, float]) -> Manner:
    """Return the manner after texts said between two times."""
    manner = Manner()
    for text, start_s, end_s in lines:
        manner = manner.heard(text, start_s=start_s, end_s=end_s, fillers=FILLERS)
    return manner


def of(text: str) -> Spoken:
    return heard((text, 0, 10)).spoken[0]


def spoken_words(count: int) -> str:
    return " ".join(["word"] * count)


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("So, um, we could, uh, start.", 2),
        ("Um. Um, um!", 3),
        ("You know, it works, you know.", 2),
        ("Do you know what it costs?", 0),
        ("If you know the number, tell me, as you know I'm slow.", 0),
        ("I mean, basically it is done.", 2),
        ("What I mean is this.", 1),
        ("It's, like, done.", 1),
        ("I like it, likely a lot.", 0),
        ("The umbrella and the error.", 0),
        ("", 0),
    ],
)
def test_fillers_are_counted_as_whole_words_and_only_where_they_say_nothing(text: str, fillers: int) -> None:
    assert of(text).fillers == fillers


@pytest.mark.parametrize(
    ("text", "us", "them"),
    [
        ("We built our platform for us.", 3, 0),
        ("You told me your team is yours.", 0, 3),
        ("You’re right, and we’ll do it.", 1, 1),
        ("You know, thank you.", 0, 0),
        ("Thank you, thank you.", 0, 0),
        ("Do you know who decides?", 0, 1),
        ("I hear you.", 0, 1),
        ("I think the weather is nice.", 0, 0),
        ("The bus to Youngstown used weather.", 0, 0),
    ],
)
def test_words_for_either_side_are_counted(text: str, us: int, them: int) -> None:
    spoken = of(text)
    assert (spoken.us, spoken.them) == (us, them)


def test_the_last_while_is_summed() -> None:
    manner = heard(("We do.", 0, 5), ("You do, um.", 10, 15), ("Our way.", 20, 30))
    recent = manner.since(5.0)
    assert (recent.start_s, recent.end_s, recent.words) == (10, 30, 5)
    assert (recent.us, recent.them, recent.fillers, recent.speech_s) == (1, 1, 1, 15)
    assert manner.since(4.9).words == 7
    assert manner.since(30.0).words == 0


def test_pace_is_compared_with_what_was_before() -> None:
    manner = heard((spoken_words(150), 0, 60), (spoken_words(70), 70, 90))
    pace = manner.pace(since_s=65, least_s=20)
    assert (pace.now_wpm, pace.usual_wpm) == (210, 150)


def test_a_pace_needs_speech_on_either_side() -> None:
    settled = (spoken_words(150), 0.0, SETTLED_SPEECH_S)
    assert heard(settled, (spoken_words(60), 70, 90)).pace(since_s=65, least_s=20.1).now_wpm is None
    almost = (spoken_words(150), 0.0, SETTLED_SPEECH_S - 0.1)
    assert heard(almost, (spoken_words(60), 70, 90)).pace(since_s=65, least_s=20).usual_wpm is None


def test_a_yes_has_no_pace_but_counts_as_words() -> None:
    short = ("yes yes yes yes", 100.0, 100.0 + LEAST_SPEECH_S - 0.1)
    manner = heard((spoken_words(150), 0, 60), (spoken_words(50), 70, 90), short)
    assert manner.pace(since_s=65, least_s=20).now_wpm == 150
    assert manner.since(95).words == 4


def test_the_habit_is_the_pace_of_the_whole_call() -> None:
    manner = heard((spoken_words(150), 0, 60), (spoken_words(50), 70, 80))
    assert manner.habit_wpm(least_s=70) == pytest.approx(200 * 60 / 70)
    assert manner.habit_wpm(least_s=70.1) is None


@pytest.mark.property
@stable
@given(
    lengths=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 300)), max_size=12),
    cut=st.integers(0, 12),
)
def test_pace_now_and_before_make_up_the_whole(lengths: list[tuple[int, int]], cut: int) -> None:
    at_s, lines = 0.0, []
    for count, tenths in lengths:
        lines.append((spoken_words(count), at_s, at_s + tenths / 10))
        at_s += tenths / 10 + 1
    manner = heard(*lines)
    since_s = lines[cut][1] if cut < len(lines) else at_s
    recent, pace = manner.since(since_s), manner.pace(since_s=since_s, least_s=0.001)
    assert recent.words == sum(count for count, _ in lengths[cut:])
    if pace.now_wpm is not None and pace.usual_wpm is not None:
        whole = manner.habit_wpm(least_s=0.001)
        assert whole is not None
        low, high = sorted([pace.now_wpm, pace.usual_wpm])
        assert low - 1e-6 <= whole <= high + 1e-6

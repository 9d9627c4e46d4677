import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.speech.glossary import MOST_TERMS, Glossary, names_in, parse
from roomtone.types import Word

pytestmark = pytest.mark.unit


def words(text: str, *, probability: float = 0.5, start_s: float = 0.0) -> list[Word]:
    """The words of a text, one every half a second."""
    return [
        Word(word, start_s + 0.5 * number, start_s + 0.5 * number + 0.4, probability)
        for number, word in enumerate(text.split())
    ]


def text(found: list[Word]) -> str:
    return " ".join(word.text for word in found)


def test_a_file_has_a_term_a_line_in_plain_text_or_markdown() -> None:
    assert parse("# names\nRoomtone\n- Acme  Corp\n* Zuleika # of sales\n\nRoomtone\n") == (
        "Roomtone",
        "Acme Corp",
        "Zuleika",
    )


@pytest.mark.parametrize(
    ("point", "names"),
    [
        ("Introduce Roomtone Pro and HubSpot sync", ("Roomtone Pro", "HubSpot")),
        ("Who decides at Acme? Procurement?", ("Acme",)),
        ("Mention GDPR, SOC2 and what I'd like", ("GDPR", "SOC2")),
        (
            "Salesforce's report; O\N{RIGHT SINGLE QUOTATION MARK}Brien - Price",
            ("O\N{RIGHT SINGLE QUOTATION MARK}Brien",),
        ),
        ("Ask About Budget And Yearly S3 Costs", ("S3",)),
        ("Demo for Acme", ("Acme",)),
        ("Offer a 30-day trial, 3D print", ()),
        ("Price: 49 euro a seat", ()),
        ("Decision maker", ()),
        ("", ()),
    ],
)
def test_names_are_told_from_the_words_of_an_agenda(point: str, names: tuple[str, ...]) -> None:
    assert names_in(point) == names


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("we use room tone now", "Roomtone"),
        ("ask a cooper net is man", "Kubernetes"),
        ("and zoo laker said", "Zuleika"),
        ("call hub spot first", "HubSpot"),
    ],
)
def test_what_sounds_like_a_term_is_found(written: str, term: str) -> None:
    assert Glossary([term]).like(words(written)) == [term]


def test_what_sounds_like_no_term_asks_for_no_second_look() -> None:
    glossary = Glossary(["Roomtone", "Kubernetes", "Zendesk", "Acme Corporation"])
    assert glossary.like(words("thank you for calling how can I help you today")) == []
    assert glossary.like([]) == []
    assert not Glossary(["it", "a b"])


def test_a_term_that_is_written_right_is_left_alone() -> None:
    assert Glossary(["Roomtone"]).like(words("the roomtone, here")) == []


def test_no_more_terms_are_told_than_the_decoder_can_bear() -> None:
    glossary = Glossary([f"Roomtone{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"])
    assert len(glossary.like(words("room tone"))) == MOST_TERMS


def test_a_term_takes_the_place_of_the_words_that_sound_like_it() -> None:
    glossary = Glossary(["Roomtone"])
    plain, told = words("we use room tone."), words("we use", probability=0.9)
    told.append(Word("roomtone.", 1.0, 1.9, 0.8))
    merged = glossary.taken_over(plain, told, ["Roomtone"])
    assert text(merged) == "we use Roomtone."
    assert (merged[-1].start_s, merged[-1].end_s) == (1.0, 1.9)


def test_a_term_of_two_words_has_two() -> None:
    plain, told = words("at acne corp today"), words("at Acme Corp today", probability=0.9)
    assert text(Glossary(["Acme Corp"]).taken_over(plain, told, ["Acme Corp"])) == "at Acme Corp today"


def test_nothing_else_of_the_second_look_is_taken() -> None:
    glossary = Glossary(["Roomtone"])
    plain = words("they sell room tone to us")
    told = [
        *words("Roomtone sells", probability=0.9),
        Word("Roomtone", 1.0, 1.9, 0.9),
        *words("toes", start_s=2.0),
    ]
    assert text(glossary.taken_over(plain, told, ["Roomtone"])) == "they sell Roomtone to us"


def test_a_term_that_is_less_sure_than_what_was_written_is_not_taken() -> None:
    plain, told = words("the room town", probability=0.9), words("the", probability=0.9)
    told.append(Word("Roomtone", 0.5, 1.4, 0.3))
    assert text(Glossary(["Roomtone"]).taken_over(plain, told, ["Roomtone"])) == "the room town"


@given(st.lists(st.sampled_from(["room", "tone", "we", "need", "a", "car"]), max_size=12))
def test_without_the_term_in_the_second_look_nothing_changes(said: list[str]) -> None:
    plain = words(" ".join(said))
    assert Glossary(["Roomtone"]).taken_over(plain, words("we need a car"), ["Roomtone"]) == plain

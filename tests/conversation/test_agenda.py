import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomtone.conversation.agenda import WINDOW_S, Agenda, Covered, key_stems, stems_of
from roomtone.types import Act, AgendaPoint, SentenceMeaning, Speaker

pytestmark = pytest.mark.unit

SELLER, CUSTOMER = Speaker.SELLER, Speaker.CUSTOMER
PRICE = AgendaPoint("price", "Talk about the pricing")
CAR = AgendaPoint("car", "Offer a rental car")
TEAM = AgendaPoint("team", "Their team", ("team", "people"))
POINTS = (PRICE, CAR, TEAM)


def said(text, at_s=0.0, *acts, **closeness):
    return SentenceMeaning(text, at_s, at_s + 2, dict.fromkeys(acts, 0.9), closeness)


def talk(*sentences, points=POINTS, speaker=SELLER):
    agenda = Agenda().set(points)
    for sentence in sentences:
        agenda = agenda.heard(speaker, [sentence])
    return agenda


PRICE_NAMED = said("The price is forty dollars.", 10.0, price=0.62)
PRICE_AGAIN = said("And that price includes support.", 14.0, price=0.45)


def test_a_point_is_covered_once_it_was_talked_about_and_from_when_on():
    agenda = talk(PRICE_NAMED, PRICE_AGAIN)
    assert agenda.covered("price") == Covered("price", 10.0, "The price is forty dollars.")
    assert agenda.due() == (agenda.covered("price"),)
    assert agenda.open_points() == (CAR, TEAM)


def test_either_side_may_talk_about_it():
    agenda = Agenda().set(POINTS).heard(CUSTOMER, [PRICE_NAMED]).heard(SELLER, [PRICE_AGAIN])
    assert agenda.covered("price")


def test_one_sentence_is_a_passing_mention_however_close():
    assert talk(said("The price is the price.", price=0.95)).covered("price") is None


def test_mentions_far_apart_do_not_add_up():
    later = said("And that price includes support.", 10.0 + WINDOW_S + 5, price=0.45)
    assert talk(PRICE_NAMED, later).covered("price") is None


def test_closeness_without_a_key_word_is_not_enough():
    near = [said("It is forty dollars a month.", at_s, price=0.55) for at_s in (1.0, 4.0, 8.0, 12.0)]
    assert talk(*near).covered("price") is None


def test_key_words_without_closeness_are_not_enough():
    far = [said("The price of gas went up.", at_s, price=0.1) for at_s in (1.0, 4.0, 8.0, 12.0)]
    assert talk(*far).covered("price") is None


def test_of_several_key_words_one_alone_says_little():
    about_cars = [said("My car makes a noise.", at_s, car=0.4) for at_s in (1.0, 5.0)]
    assert talk(*about_cars).covered("car") is None
    rental = said("We have a rental car for you.", 8.0, car=0.6)
    assert talk(*about_cars, rental).covered("car")


def test_of_given_key_words_one_is_enough():
    people = [said("There are nine people here.", at_s, team=0.5) for at_s in (1.0, 5.0)]
    assert talk(*people).covered("team")


def test_putting_a_point_off_is_not_talking_about_it():
    off = [said("We'll get to the price later.", at_s, price=0.7) for at_s in (1.0, 5.0)]
    assert talk(*off).covered("price") is None


def test_a_list_of_points_is_not_talk_about_any():
    text = "Price, the rental car and your team and its people."
    listed = [said(text, at_s, price=0.5, car=0.5, team=0.5) for at_s in (1.0, 5.0, 9.0)]
    assert talk(*listed).open_points() == POINTS


def test_a_sentence_closer_to_another_point_is_about_that_one():
    other = [said("The price of the team.", at_s, price=0.4, team=0.7) for at_s in (1.0, 5.0, 9.0)]
    agenda = talk(*other)
    assert agenda.covered("team")
    assert agenda.covered("price") is None


def test_the_answer_to_a_question_counts_whatever_its_words():
    asked = said("What price did you have in mind?", 3.0, Act.OPEN_QUESTION, price=0.6)
    answer = said("About forty dollars.", 6.0, price=0.2)
    assert talk(asked).heard(CUSTOMER, [answer]).covered("price")
    assert talk(asked).heard(SELLER, [answer]).covered("price") is None
    assert talk(asked).heard(CUSTOMER, [said("Hm.", 6.0)]).covered("price") is None


def test_a_point_without_a_word_of_its_own_goes_by_closeness():
    when = AgendaPoint("when", "When they can")
    assert key_stems(when) == frozenset()
    assert talk(*(said("Monday.", at_s, when=0.6) for at_s in (1.0, 5.0)), points=(when,)).covered("when")


def test_what_was_announced_is_due_no_more():
    agenda = talk(PRICE_NAMED, PRICE_AGAIN)
    (covered,) = agenda.due()
    told = agenda.announced(covered)
    assert told.due() == ()
    assert told.covered("price") == covered


def test_what_was_announced_is_covered_even_where_nothing_was_heard_of_it():
    covered = Covered("price", 12.0, "It is forty a seat.")
    told = talk().announced(covered)
    assert (told.covered("price"), told.due()) == (covered, ())
    assert talk().announced(Covered("no such point", 1.0, "")) == talk()


def test_what_the_seller_says_holds():
    unticked = talk(PRICE_NAMED, PRICE_AGAIN).marked("price", covered=False)
    assert unticked.covered("price") is None
    assert unticked.heard(SELLER, [PRICE_NAMED, PRICE_AGAIN]).covered("price") is None
    assert unticked.due() == ()
    ticked = talk().marked("car", covered=True)
    assert ticked.covered("car")
    assert ticked.due() == ()
    assert ticked.open_points() == (PRICE, TEAM)


def test_a_new_agenda_keeps_what_is_known_of_the_same_points():
    agenda = talk(PRICE_NAMED, PRICE_AGAIN).set((TEAM, PRICE))
    assert agenda.points == (TEAM, PRICE)
    assert agenda.covered("price")
    changed = agenda.set((AgendaPoint("price", "Talk about discounts"),))
    assert changed.covered("price") is None


def test_without_points_nothing_happens():
    assert Agenda().heard(SELLER, [PRICE_NAMED]) == Agenda()
    assert Agenda().marked("none", covered=True) == Agenda()
    assert Agenda().covered("none") is None


def test_words_by_their_stems():
    assert stems_of("Pricing") & stems_of("the prices") & stems_of("priced")
    assert stems_of("Ask them about it") == frozenset()
    assert stems_of("Their customers’ decisions") == stems_of("customer decision")


sentences = st.lists(
    st.builds(
        lambda text, closeness: (text, closeness),
        st.sampled_from(["The price is high.", "A rental car?", "Our team has people.", "Hello."]),
        st.dictionaries(st.sampled_from(["price", "car", "team"]), st.floats(-1, 1)),
    ),
    max_size=12,
)


@given(sentences, st.integers(0, 12))
def test_hearing_in_parts_equals_hearing_at_once_and_ticks_only_grow(lines, cut):
    heard = [said(text, 3.0 * number, **closeness) for number, (text, closeness) in enumerate(lines)]
    agenda = Agenda().set(POINTS)
    at_once = agenda.heard(SELLER, heard)
    first = agenda.heard(SELLER, heard[:cut])
    assert first.heard(SELLER, heard[cut:]) == at_once
    assert set(at_once.open_points()) <= set(first.open_points())

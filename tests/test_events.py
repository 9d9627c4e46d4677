import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomtone import events
from roomtone.events import (
    ConversationMeasured,
    EmotionEstimated,
    Event,
    SpeechEnded,
    TranscriptFinal,
    TranscriptPartial,
    decode,
    encode,
    kind,
)
from roomtone.types import Act, AgendaPoint, Echo, Label, Phase, PromiseKind, SentenceMeaning, Speaker, Word

pytestmark = pytest.mark.unit

KINDS: tuple[type[msgspec.Struct], ...] = get_args(Event)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PIECES = {
    float: NUMBERS,
    int: st.integers(-1, 2**53),
    str: TEXT,
    bool: st.booleans(),
    Speaker: st.sampled_from(Speaker),
    Label: st.sampled_from(Label),
    Echo: st.sampled_from(Echo),
    float | None: st.none() | NUMBERS,
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    tuple[Word, ...]: st.lists(st.builds(Word, TEXT, NUMBERS, NUMBERS, NUMBERS), max_size=3).map(tuple),
    dict[Label, float]: st.dictionaries(st.sampled_from(Label), NUMBERS),
    Phase: st.sampled_from(Phase),
    PromiseKind: st.sampled_from(PromiseKind),
    tuple[AgendaPoint, ...]: st.lists(
        st.builds(AgendaPoint, TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple)), max_size=3
    ).map(tuple),
    tuple[SentenceMeaning, ...]: st.lists(
        st.builds(
            SentenceMeaning,
            TEXT,
            NUMBERS,
            NUMBERS,
            st.dictionaries(st.sampled_from(Act), NUMBERS, max_size=3),
            st.dictionaries(TEXT, NUMBERS, max_size=3),
            st.none() | st.sampled_from(PromiseKind),
        ),
        max_size=3,
    ).map(tuple),
}


def any_event() -> st.SearchStrategy[Event]:
    return st.one_of(
        *(
            st.builds(kind, **{field.name: PIECES[field.type] for field in msgspec.structs.fields(kind)})
            for kind in KINDS
        )
    )


def final() -> TranscriptFinal:
    return TranscriptFinal(
        seq=4,
        t_s=3.5,
        source_id="customer",
        utterance_id="customer-1",
        speaker=Speaker.CUSTOMER,
        text="Zürich – 日本",
        words=(Word("Zürich", 1.0, 1.5, 0.9), Word("– 日本", 1.5, 2.0, 0.5)),
        start_s=1.0,
        end_s=2.0,
        avg_logprob=-0.25,
        no_speech_prob=0.01,
    )


@pytest.mark.property
@settings(derandomize=True, deadline=None)
@given(event=any_event())
def test_decoding_gives_back_what_was_encoded(event: Event) -> None:
    line = encode(event)
    assert decode(line) == event
    assert decode(line.decode()) == event
    assert b"\n" not in line


@pytest.mark.parametrize("struct", KINDS)
def test_every_event_names_itself_and_its_time(struct: type[msgspec.Struct]) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    assert fields["t_s"].required
    assert (fields["seq"].default, fields["source_id"].default) == (-1, "")
    assert struct.__struct_config__.frozen


def test_the_json_of_an_event_is_plain_to_other_programs() -> None:
    written = json.loads(encode(SpeechEnded(seq=7, t_s=4.3, speaker=Speaker.SELLER, start_s=1.0, end_s=4.0)))
    assert written == {
        "type": "SpeechEnded",
        "seq": 7,
        "t_s": 4.3,
        "source_id": "",
        "speaker": "seller",
        "start_s": 1.0,
        "end_s": 4.0,
    }
    assert json.loads(encode(final()))["words"][0] == {
        "text": "Zürich",
        "start_s": 1.0,
        "end_s": 1.5,
        "probability": 0.9,
    }


def test_the_states_of_a_reading_are_written_in_their_words() -> None:
    felt = EmotionEstimated(
        t_s=1,
        utterance_id="u",
        speaker=Speaker.CUSTOMER,
        label=Label.CANNOT_TELL,
        probabilities={Label.GUARDED: 1.0},
        evidence=(),
        model="m",
        start_s=0,
        end_s=1,
    )
    written = json.loads(encode(felt))
    assert (written["label"], written["probabilities"]) == ("cannot_tell", {"guarded": 1.0})


def test_a_line_of_an_older_version_gets_the_defaults_of_newer_fields() -> None:
    older = json.loads(encode(final()))
    del older["language"]
    assert decode(json.dumps(older)) == final()


@pytest.mark.parametrize(
    "line", ['{"type":"Unheard","t_s":1.0}', '{"t_s":1.0}', '{"type":"SpeechEnded"}', "[]"]
)
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(line)


def test_the_stored_name_of_an_event_is_its_type() -> None:
    assert kind(final()) == json.loads(encode(final()))["type"] == "TranscriptFinal"


def test_only_what_is_for_the_eye_may_be_dropped() -> None:
    assert {struct for struct in KINDS if getattr(struct, "droppable")} == {  # noqa: B009 - no Struct knows it
        TranscriptPartial,
        ConversationMeasured,
    }


def test_every_event_of_the_module_is_in_the_union() -> None:
    defined = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and issubclass(value, events._Event) and value is not events._Event
    }
    assert defined == set(KINDS)


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        final().text = "other"  # type: ignore[misc]

import pytest

from roomtone.speech.cues import Cue, HabitWeights
from roomtone.speech.evidence import evidence_for, voice_cues
from roomtone.types import Label

pytestmark = pytest.mark.unit


def test_evidence_names_only_changes_that_fit_the_state() -> None:
    changes = {"pitch_median_st": 2.0, "pitch_range_st": 1.5, "syllables_per_s": -0.4}
    assert evidence_for(Label.EXCITED, [], changes) == ("voice higher and livelier than their usual",)
    assert evidence_for(Label.DEFEATED, [], changes) == ()


def test_one_change_of_the_voice_is_evidence_beside_words_but_not_alone() -> None:
    changes = {"pitch_median_st": 2.0, "pitch_range_st": 0.2}
    said = [Cue(Label.UPSET, 1.6, 'said "unacceptable"')]
    assert evidence_for(Label.UPSET, [], changes) == ()
    assert evidence_for(Label.UPSET, said, changes) == (
        'said "unacceptable"',
        "voice higher than their usual",
    )


def test_the_two_strongest_are_told() -> None:
    found = [
        Cue(Label.GUARDED, 0.5, "answered in 2 words, usually about 14"),
        Cue(Label.GUARDED, 1.2, 'said "it depends"'),
        Cue(Label.UPSET, 2.0, 'said "ridiculous"'),
        Cue(Label.GUARDED, 0.8, "answered after 2.1 s, usually 0.6 s"),
    ]
    assert evidence_for(Label.GUARDED, found, {}) == (
        'said "it depends"',
        "answered after 2.1 s, usually 0.6 s",
    )


def test_neutral_is_shown_by_a_voice_close_to_its_usual_or_by_nothing_telling() -> None:
    said = [Cue(Label.UPSET, 1.6, 'said "unacceptable"')]
    usual, unusual = {"pitch_median_st": 0.3}, {"pitch_median_st": 1.8}
    plain = "nothing telling in their words or timing"
    assert evidence_for(Label.NEUTRAL, [], usual) == ("voice close to their usual", plain)
    assert evidence_for(Label.NEUTRAL, said, usual) == ("voice close to their usual",)
    assert evidence_for(Label.NEUTRAL, [], unusual) == (plain,)
    assert evidence_for(Label.NEUTRAL, said, unusual) == ()


def test_a_changed_voice_is_a_cue_for_the_states_without_a_model() -> None:
    weights = HabitWeights(again=0.6, changed_voice=0.4)
    flatter = voice_cues({"pitch_range_st": -1.4}, weights)
    assert [(cue.label, cue.log_odds) for cue in flatter] == [(Label.GUARDED, 0.4)]
    assert voice_cues({"pitch_range_st": -0.9, "pitch_median_st": 3.0}, weights) == []

import msgspec
import pytest

from conversation.talk import (
    SELLER,
    reading,
)
from nudges.rules.asked import BEGINNING
from roomtone.config.nudges import SoundedNudge
from roomtone.conversation.state import Conversation, fold
from roomtone.nudges.rule import Signal
from roomtone.nudges.rules.sounded import sounded_rules
from roomtone.types import Label

pytestmark = pytest.mark.unit


DEFAULTS = SoundedNudge()


class TestSounded:
    def asked(self, state: Conversation, settings: SoundedNudge = DEFAULTS) -> Signal | None:
        """Return what the rules of all states say together: at most one of them speaks."""
        signals = [rule.evaluate(state, showing=False) for rule in sounded_rules(settings)]
        said = [signal for signal in signals if signal is not None]
        assert len(said) <= 1
        return said[0] if said else None

    @pytest.mark.parametrize(
        ("label", "severity", "message"),
        [
            (Label.GUARDED, "quiet", "They sounded guarded. Ask how they feel about it."),
            (Label.UPSET, "strong", "They sounded upset. Pause, and acknowledge it first."),
            (Label.DEFEATED, "quiet", "They sounded defeated. Ask what makes it hard."),
            (Label.EXCITED, "quiet", "They sounded excited. Ask what they like about it."),
        ],
    )
    def test_it_names_the_state_and_what_to_do(self, label: Label, severity: str, message: str) -> None:
        signal = self.asked(fold(BEGINNING, [reading(label, t_s=50)]))
        assert signal is not None
        assert (signal.severity, signal.message) == (severity, message)
        assert signal.evidence == "“well, I guess so”; answered after 2.1 s, usually 0.6 s"
        assert (signal.moment, signal.cause_s) == ("c-1", 50)

    @pytest.mark.parametrize("label", [Label.CONFIDENT, Label.NEUTRAL, Label.CANNOT_TELL])
    def test_other_states_need_no_word(self, label: Label) -> None:
        assert self.asked(fold(BEGINNING, [reading(label, t_s=50)])) is None

    def test_doubt_says_nothing(self) -> None:
        def heard(probability: float, *, settled: bool = True) -> Signal | None:
            felt = reading(Label.GUARDED, t_s=50, probability=probability, settled=settled)
            return self.asked(fold(BEGINNING, [felt]))

        assert heard(0.59) is None
        assert heard(0.6) is not None
        assert heard(0.9, settled=False) is None

    def test_only_the_newest_reading_counts(self) -> None:
        readings = [reading(Label.GUARDED, t_s=50), reading(Label.NEUTRAL, t_s=70, utterance_id="c-2")]
        assert self.asked(fold(BEGINNING, readings)) is None
        assert self.asked(fold(BEGINNING, readings[::-1])) is not None

    def test_the_seller_is_not_told_how_they_sounded_themselves(self) -> None:
        own = msgspec.structs.replace(reading(Label.UPSET, t_s=50), speaker=SELLER)
        assert self.asked(fold(BEGINNING, [own])) is None
        assert self.asked(BEGINNING) is None

    @pytest.mark.parametrize("label", list(Label))
    def test_any_list_of_states_in_the_settings_is_fine(self, label: Label) -> None:
        anything = SoundedNudge(states=tuple(Label), min_probability=0.0)
        signal = self.asked(fold(BEGINNING, [reading(label, t_s=50)]), anything)
        assert (signal is None) == (label in (Label.NEUTRAL, Label.CANNOT_TELL))

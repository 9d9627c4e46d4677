"""Asking a rule about a scripted conversation."""

from conversation.talk import customer, seller, speech
from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.state import Conversation, advance, fold, start
from roomtone.nudges.rule import MOST_CHARACTERS, Rule, Signal

BEGINNING = start(ConversationSettings())


def signal_of(rule: Rule, state: Conversation, *, showing: bool = False) -> Signal:
    signal = rule.evaluate(state, showing=showing)
    assert signal is not None
    return signal


def shared(seller_s: float, customer_s: float, *, at_s: float | None = None) -> Conversation:
    """Return a call in which each side spoke once, for so long."""
    state = fold(BEGINNING, speech(seller(0, seller_s), customer(seller_s + 1, seller_s + 1 + customer_s)))
    return advance(state, at_s) if at_s is not None else state


def quiet_at(rule: Rule, state: Conversation, *, showing: bool = False) -> bool:
    """Return whether a rule has nothing to say; it can always tell the figures it goes by."""
    assert rule.figures(state)
    return rule.evaluate(state, showing=showing) is None


def all_words(signal: Signal) -> tuple[str, ...]:
    """Return every variant of what a signal says, as short as a glance takes."""
    messages = (signal.message, *signal.variants)
    assert all(0 < len(message) <= MOST_CHARACTERS for message in messages), messages
    return messages

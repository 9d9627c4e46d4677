"""Asking a rule about a scripted conversation."""

from conversation.talk import customer, seller, speech
from roomtone.config.conversation import ConversationSettings
from roomtone.conversation.state import Conversation, advance, fold, start
from roomtone.nudges.rule import Rule, Signal

BEGINNING = start(ConversationSettings())


def signal_of(rule: Rule, state: Conversation, *, showing: bool = False) -> Signal:
    signal = rule.evaluate(state, showing=showing)
    assert signal is not None
    return signal


def shared(seller_s: float, customer_s: float, *, at_s: float | None = None) -> Conversation:
    """Return a call in which each side spoke once, for so long."""
    state = fold(BEGINNING, speech(seller(0, seller_s), customer(seller_s + 1, seller_s + 1 + customer_s)))
    return advance(state, at_s) if at_s is not None else state

"""How promises are worded, what only sounds like one, and what a promise is about."""

import re
from collections.abc import Mapping

from roomtone.acts.phrases import MONEY, WHEN, any_of
from roomtone.types import PromiseKind

_WILL = (
    r"(?:i'll|we'll|i will|we will|i'm going to|we're going to|i am going to|we are going to|i'm "
    r"gonna|we're gonna)"
)
_DO_LATER = (
    r"(?:send|email|forward|get (?:back|you|that|this|it|those|them|him|her|the|somebody|someone|"
    r"a)|follow up|call you|"
    r"ring you|deliver|ship|install|include|add|build|fix|waive|refund|credit|extend|hold|honor|"
    r"honour|match|knock|"
    r"throw|cover|guarantee|make sure|ensure|see to it|have (?:it|that|this|them|everything|"
    r"somebody|someone|the|you|an?|our|your)|"
    r"provide|give you|set (?:it|that|this|you|up)|put (?:together|that|it|you|a|in)|write|draft|"
    r"prepare|share|schedule|book|"
    r"arrange|assign|train|support|migrate|move|upgrade|replace|repair|finish|complete|reach out|"
    r"loop|connect you|introduce|"
    r"check with|talk to|speak (?:to|with)|find out|look into|take care|handle|do (?:it|that|this)|"
    r"keep (?:the|that|it|you)|lock|"
    r"reserve|charge|bill|pay|sign|bring|drop|cap|customi[sz]e|configure|roll (?:it|that|this)?|"
    r"return|let you know|"
    r"come (?:back|out|by|to)|start|launch|go live|stand by|commit|price)"
)
IN_THE_CALL = any_of(
    r"be (?:right )?(?:with you|back)",
    r"(?:in|for|just) (?:a|one) (?:second|sec|moment|minute|bit)(?: here)?$",
    r"one (?:second|moment|minute|sec)",
    rf"(?:{_WILL}|let me) (?:just |quickly |go ahead and )*(?:tell you what|be (?:honest|quick)|say|"
    r"admit|show you|share my|pull|bring up|put you on|put it (?:this|that) way|look(?! into)|see(?! to)|"
    r"read|repeat|"
    r"check(?! with)|ask(?! our| my| around)|start (?:by|with|off)|stop|pause|skip|"
    r"go (?:through|over|into|back)|"
    r"walk(?! your| them)|explain|jump|let you (?:go|talk|speak|finish|get)|hand it|"
    r"pass|switch|type|"
    r"write (?:that|this) down|note|make (?:a note|it bigger)|take notes|try|think|assume|guess|need|have to|"
    r"want|give you (?:that$|an example|some context|a sense|a quick|the short|one example))",
    r"(?:we'll|we will) (?:see|talk about|get to|come to|go through|cover that (?:later|in))",
    r"(?:i'll|i will) (?:probably|maybe|consider|bet|take (?:it|that|the|one|two))",
)
"""Said of this call, of this minute, or of nothing at all: no promise."""

PROMISES = any_of(
    rf"{_WILL} (?:go ahead and |definitely |also |personally |certainly |happily |just |make "
    rf"sure to |gladly |absolutely |then |be able to |always )*{_DO_LATER}",
    rf"{_WILL} (?:\w+ ){{1,8}}?(?:by|before|no later than|within|on|next|at no|for free|free "
    rf"of|until) (?:\w+ )?{WHEN}",
    r"(?:i|we) (?:promise|guarantee|commit|can commit|can guarantee|can promise|do guarantee|"
    r"give you my word)",
    r"you(?:'ll| will) (?:have|get|receive|see) (?:\w+ ){0,6}" + WHEN,
    r"you have my word",
    r"(?:at|for) no (?:\w+ )?(?:extra |additional )?(?:charge|cost)",
    r"(?:free of charge|on the house|on us)$",
    r"(?:we|i) can (?:have|get|do|deliver|ship|include|waive|throw in|knock|offer|give you|"
    rf"start|add|match|honou?r|extend|hold|cover|lock) (?:\w+ ){{1,8}}?(?:{WHEN}|free|percent|"
    rf"%|off|no (?:extra )?c\w+|discount|{MONEY})",
    r"count on (?:me|us)",
    r"consider it done",
    r"leave (?:it|that) (?:with|to) (?:me|us)",
    r"(?:it|that|this|they|everything)(?:'ll| will) be (?:ready|done|there|finished|delivered|"
    r"live|shipped|included|available|fixed|with you|in your inbox)",
    r"(?:is|are|comes?|that's) (?:all |fully |already )?(?:included|covered)(?: (?:in|by|"
    r"under) | at no| for free)",
    r"happy to (?:take care of|waive|include|send|throw in|extend|do) (?:\w+ )*",
)

_PROMISE_KINDS: Mapping[PromiseKind, re.Pattern[str]] = {
    PromiseKind.PRICE: any_of(
        MONEY,
        r"discount",
        r"(?:percent|%) off",
        r"\d+ ?%",
        r"waive",
        r"(?:no|free of|without|extra|additional) (?:\w+ )?(?:charge|cost|fee)s?",
        r"free",
        r"refund",
        r"credit",
        r"price",
        r"pricing",
        r"rate",
        r"on the house",
        r"on us",
        r"match (?:their|that|the)",
        r"knock",
        r"money back",
        r"invoice",
        r"payment terms",
    ),
    PromiseKind.DATE: any_of(
        WHEN,
        r"deadline",
        r"overnight",
        r"go live (?:on|by|in)",
        r"before (?:the|your|you|we|christmas|launch)",
    ),
    PromiseKind.FEATURE: any_of(
        r"integrat\w+",
        r"feature",
        r"roadmap",
        r"(?:build|develop|code|customi[sz]e|configure|add) (?:\w+ ){0,5}(?:for you|report|dashboard|"
        r"button|field|api|connector|export|option|module|language|version|workflow|form|screen|view)",
        r"sso|single sign on|api|connector|plugin|mobile app|dark mode|release",
        r"(?:it|that|this|the system|the software)(?:'ll| will) (?:be able to|support|work with|sync|"
        r"handle)",
    ),
    PromiseKind.SUPPORT: any_of(
        r"support",
        r"train(?:ing)?",
        r"onboard\w*",
        r"help",
        r"account manager",
        r"technician|engineer|specialist|consultant|somebody|someone",
        r"fix|repair|replace|look into|troubleshoot|take care",
        r"available|on call|24 7|around the clock|hotline",
        r"walk (?:you|your|them) through",
        r"call you|get back to you|follow up|let you know|reach out|check with|find out|send|email|"
        r"forward|share|introduce|connect",
    ),
}
"""In this order: what it costs and when it comes is what a contract is disputed over."""


def promise_kind(words: str) -> PromiseKind:
    """Return what a promise is about: what to deliver, unless the words name something more special."""
    kinds = (kind for kind, pattern in _PROMISE_KINDS.items() if pattern.search(words))
    return next(kinds, PromiseKind.SCOPE)

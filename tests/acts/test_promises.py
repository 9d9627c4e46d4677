import pytest

from roomtone.acts import patterns
from roomtone.acts.promises import PROMISES, promise_kind
from roomtone.spoken import spoken
from roomtone.types import Act, PromiseKind

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I'll send you the proposal by Friday.", PromiseKind.DATE),
        ("We'll waive the setup fee for you.", PromiseKind.PRICE),
        ("We'll include all three locations.", PromiseKind.SCOPE),
        ("We'll build that integration for you.", PromiseKind.FEATURE),
        ("I'll look into that and let you know.", PromiseKind.SUPPORT),
    ],
)
def test_promises_and_what_they_are_about(text, kind):
    assert PROMISES.search(spoken(text))
    assert Act.COMMITMENT not in patterns.excluded(spoken(text))
    assert promise_kind(spoken(text)) is kind


@pytest.mark.parametrize(
    "text",
    [
        "I'll be with you in a second.",
        "I'll tell you what.",
        "I'll share my screen.",
        "I'll put you on a brief hold.",
        "We'll see.",
        "I'll have to think about it.",
    ],
)
def test_what_is_said_of_this_minute_is_no_promise(text):
    assert Act.COMMITMENT in patterns.excluded(spoken(text))

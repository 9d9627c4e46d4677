import inspect
import pickle

import pytest

from roomtone import errors
from roomtone.errors import RoomtoneError, TranscriberError, UsageError

pytestmark = pytest.mark.unit

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, RoomtoneError) and kind is not RoomtoneError
]


def test_an_error_says_what_is_wrong_to_people_and_to_programs() -> None:
    error = TranscriberError("The words are missing.", code="no_words", recoverable=True)
    assert str(error) == error.message == "The words are missing."
    assert (error.code, error.recoverable) == ("no_words", True)
    assert RoomtoneError("No.", code="no").recoverable is False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("recoverable", [True, False])
def test_every_error_crosses_from_another_process(kind: type[RoomtoneError], recoverable: bool) -> None:
    back = pickle.loads(pickle.dumps(kind("One sentence.", code="some_code", recoverable=recoverable)))  # noqa: S301 - our own bytes
    assert type(back) is kind
    assert (str(back), back.message) == ("One sentence.", "One sentence.")
    assert (back.code, back.recoverable) == ("some_code", recoverable)


def test_only_a_wrong_command_line_exits_with_two() -> None:
    assert {kind.exit_code for kind in KINDS if kind is not UsageError} == {1}
    assert UsageError.exit_code == 2


def test_the_tree_in_the_docstring_names_every_kind() -> None:
    drawn = {line.split()[1] for line in (errors.__doc__ or "").splitlines() if line[:1] in "├└" and line}
    assert drawn == {kind.__name__ for kind in KINDS}

"""The review of promises in the terminal: one at a time, each answer kept at once."""

from collections import Counter
from pathlib import Path

import click

from roomtone.debrief.phrases import clock, counted, quoted
from roomtone.debrief.promised import STATUS_WORDS, WHO, Promise, PromiseLog, Status
from roomtone.debrief.render import clean
from roomtone.events import PromiseReviewed
from roomtone.session.afterwards import add_to_closed

VERDICTS = {"c": Status.CONFIRMED, "s": Status.STRUCK}
EDIT, NEXT, QUIT = "e", "n", "q"
KEYS = "c confirm, e edit, s strike out, n next, q quit"


def review_promises(path: Path, log: PromiseLog, *, everything: bool) -> None:
    """Ask for a verdict on each promise of the call with this log, and add it there before the next.

    Raises:
        StoreError: when an answer cannot be kept; those before it are.
    """
    asked = log.promises if everything else log.open
    if not asked:
        click.echo("There is nothing to review." if log.promises else "No promise was heard in this call.")
        return
    given: Counter[Status] = Counter()
    for number, promise in enumerate(asked, start=1):
        click.echo(f"\n{number} of {len(asked)}  {clock(promise.at_s)}  {_told(promise)}")
        click.echo(f"  {quoted(clean(promise.text))}")
        answer = _answer(promise)
        if answer is None:
            break
        status, text = answer
        if status is not Status.OPEN:
            review = PromiseReviewed(t_s=0.0, promise_id=promise.promise_id, verdict=status, text=text)
            add_to_closed(path, review)
            given[status] += 1
    told = ", ".join(f"{count} {STATUS_WORDS[status]}" for status, count in given.items())
    click.echo(f"\n{counted(given.total(), 'promise')} reviewed{': ' if told else ''}{told}.")


def _told(promise: Promise) -> str:
    status = "" if promise.status is Status.OPEN else f" · {STATUS_WORDS[promise.status]}"
    return f"{WHO[promise.speaker]} · {promise.kind.value}{status}"


def _answer(promise: Promise) -> tuple[Status, str] | None:
    """Return the verdict and the words, ``OPEN`` to leave it as it is; None to stop."""
    while True:
        key = str(click.prompt(KEYS, default=NEXT, prompt_suffix=": ")).strip().lower()[:1]
        if key in VERDICTS:
            return VERDICTS[key], promise.text
        if key == NEXT:
            return Status.OPEN, promise.text
        if key == QUIT:
            return None
        if key == EDIT:
            shown = clean(promise.text)
            text = str(click.prompt("How it should read", default=shown, show_default=False)).strip()
            if text != shown:
                return Status.EDITED, clean(text)
            click.echo("It reads so already.")

"""The review of promises in the terminal: one at a time, each answer kept at once."""

from collections import Counter
from pathlib import Path

import click

from roomtone.debrief.course import Promised
from roomtone.debrief.course_lines import VERDICTS
from roomtone.debrief.phrases import clock, counted, quoted
from roomtone.debrief.promised import PromiseLog
from roomtone.debrief.render import clean
from roomtone.events import PromiseReviewed
from roomtone.session.afterwards import add_to_closed
from roomtone.types import Speaker

ANSWERS = {"c": "confirmed", "s": "struck"}
"""Verdicts that need no more than a key."""
EDIT, NEXT, QUIT = "e", "n", "q"
WHO = {Speaker.SELLER: "you", Speaker.CUSTOMER: "they", Speaker.UNKNOWN: "somebody"}
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
    given: Counter[str] = Counter()
    for number, promise in enumerate(asked, start=1):
        click.echo(f"\n{number} of {len(asked)}  {clock(promise.at_s)}  {_told(promise)}")
        click.echo(f"  {quoted(clean(promise.text))}")
        answer = _answer(promise)
        if answer is None:
            break
        verdict, text = answer
        if verdict:
            review = PromiseReviewed(t_s=0.0, promise_id=promise.promise_id, verdict=verdict, text=text)
            add_to_closed(path, review)
            given[verdict] += 1
    told = ", ".join(f"{count} {VERDICTS[verdict]}" for verdict, count in given.items())
    click.echo(f"\n{counted(given.total(), 'promise')} reviewed{': ' if told else ''}{told}.")


def _told(promise: Promised) -> str:
    reviewed = f" · {VERDICTS.get(promise.verdict, promise.verdict)}" if promise.verdict else ""
    return f"{WHO[promise.speaker]} · {promise.kind.value}{reviewed}"


def _answer(promise: Promised) -> tuple[str, str] | None:
    """Return the verdict, empty to leave it as it is, and the words; None to stop."""
    while True:
        key = str(click.prompt(KEYS, default=NEXT, prompt_suffix=": ")).strip().lower()[:1]
        if key in ANSWERS:
            return ANSWERS[key], promise.text
        if key == NEXT:
            return "", promise.text
        if key == QUIT:
            return None
        if key == EDIT:
            shown = clean(promise.text)
            text = str(
                click.prompt("How it should read (Enter leaves it)", default=shown, show_default=False)
            ).strip()
            if text != shown:
                return "edited", clean(text)
            click.echo("It reads so already.")

"""``roomtone models``: which model files there are, getting, choosing and checking them."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from roomtone.cli.context import app
from roomtone.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from roomtone.weights import ModelState, Progress

    _Show = Callable[[Progress], None]

_WITHOUT_EMBEDDING = (
    "Calls work without it, but less of what is said in them is recognised; "
    "to try again: roomtone models fetch "
)
_PERCENT_STEP = 10
"""How often a line is written where there is no progress bar."""


@click.group(
    epilog="""\b
Examples:
  roomtone models list
  roomtone models fetch base
  roomtone models choose
  roomtone models verify
""",
)
def models() -> None:
    """List, fetch and verify the model files.

    Fetching is the only thing Roomtone ever downloads, and only on this command.
    """


@models.command("list", epilog="\b\nExample:\n  roomtone models list\n")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the models, what they are for and whether they are here."""
    from roomtone.weights import list_models, other_whisper_names

    for state in list_models(app(ctx).model_directory):
        click.echo(f"{state.name:<12} {_size(state):>9}  {state.condition}{_problems(state)}")
        if state.model:
            click.echo(f"  {state.model.purpose}")
            click.echo(f"  {state.model.version}; {state.model.licence}")
    others = ", ".join(other_whisper_names())
    click.echo("\n" + click.wrap_text(f"Other speech models that can be fetched, unverified: {others}."))
    click.echo(f"Fetched models lie in {app(ctx).model_directory}")


@models.command(
    epilog="""\b
Examples:
  roomtone models fetch base               all that a call needs: the default speech model and minilm, 175 MB
  roomtone models fetch base tiny.en
  roomtone models fetch small              any faster-whisper name, from the Hugging Face hub
  roomtone models fetch org/repository     any converted model on the hub
""",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.pass_context
def fetch(ctx: click.Context, names: Sequence[str]) -> None:
    """Fetch models and check every file by its SHA-256 sum.

    With a speech model comes what a call needs beside it: minilm, by which sentences are understood.
    A model that is already here and whole is left alone. An interrupted download goes on where it stopped.
    """
    from roomtone.weights import needed_beside_whisper

    for name in names:
        _fetch(name, app(ctx).model_directory)
    for name in needed_beside_whisper():
        if name not in names:
            try:
                _fetch(name, app(ctx).model_directory)
            except ModelError as error:
                # Calls work without it, so what was asked for did not fail.
                click.echo(f"{error.message} {_WITHOUT_EMBEDDING}{name}", err=True)


def _fetch(name: str, model_directory: "Path") -> None:
    from roomtone.weights import fetch as fetch_model

    with _shown(name) as progress:
        fetched = fetch_model(name, model_directory=model_directory, progress=progress)
    if not fetched.source:
        click.echo(f"{name} is already here, in {fetched.folder}")
    elif fetched.verified:
        click.echo(f"{name} fetched from {fetched.source} and verified, in {fetched.folder}")
    else:
        click.echo(f"{name} fetched from {fetched.source}, in {fetched.folder} (unverified: no sum known)")


@models.command(epilog="\b\nExample:\n  roomtone models choose\n")
@click.pass_context
def choose(ctx: click.Context) -> None:
    """Time the speech models that are here on a sentence, and remember the best that keeps up with a call.

    `roomtone listen` does so by itself the first time.
    """
    import asyncio

    from roomtone.cli.choosing import choose as choose_model
    from roomtone.cli.remembering import remember

    choice = asyncio.run(choose_model(app(ctx), app(ctx).settings))
    file = app(ctx).config_file.resolve()
    remember(file, "whisper", {"model": choice.model})
    click.echo(f"{choice.reason} Remembered in {file}")


@models.command(
    epilog="""\b
Examples:
  roomtone models verify
  roomtone models verify base
""",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_context
def verify(ctx: click.Context, names: Sequence[str]) -> None:
    """Read every model file and compare its SHA-256 sum with the manifest.

    Without a NAME all models are looked at, and speech models that were never fetched are no fault.
    """
    from roomtone.weights import Condition
    from roomtone.weights import verify as verify_models

    states = verify_models(names, model_directory=app(ctx).model_directory)
    for state in states:
        click.echo(f"{state.name:<12} {state.condition}{_problems(state)}")
    faults = {Condition.DAMAGED, Condition.MISSING} if names else {Condition.DAMAGED}
    bad = [state for state in states if state.condition in faults]
    if bad:
        raise ModelError(" ".join(map(_advice, bad)), code="model_damaged")


def _advice(state: "ModelState") -> str:
    fetchable = state.model is None or state.model.is_fetched
    remedy = f"run: roomtone models fetch {state.name}" if fetchable else "install Roomtone again."
    return f'The model "{state.name}" is {state.condition}{_problems(state)}; {remedy}'


def _problems(state: "ModelState") -> str:
    from roomtone.weights import Condition

    return f" ({', '.join(state.problems)})" if state.condition is Condition.DAMAGED else ""


def _size(state: "ModelState") -> str:
    if not state.size_bytes:
        return ""
    return (
        f"{state.size_bytes / 1e6:.1f} MB" if state.size_bytes >= 1e6 else f"{state.size_bytes / 1e3:.1f} kB"
    )


@contextlib.contextmanager
def _shown(name: str) -> "Iterator[_Show]":
    """Show a download on stderr: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _lines(name)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None)

        def show(progress: "Progress") -> None:
            if progress.note:
                bars.console.print(progress.note, markup=False, highlight=False)
            else:
                bars.update(task, completed=progress.done_bytes, total=progress.total_bytes or None)

        yield show


def _lines(name: str) -> "_Show":
    last_step = -1

    def show(progress: "Progress") -> None:
        nonlocal last_step
        if progress.note:
            click.echo(progress.note, err=True)
            last_step = -1
        elif progress.total_bytes:
            step = 100 * progress.done_bytes // progress.total_bytes // _PERCENT_STEP
            if step > last_step:
                last_step = step
                click.echo(f"{name}: {step * _PERCENT_STEP} % from {progress.source}", err=True)

    return show

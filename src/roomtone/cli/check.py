"""``roomtone check``: whether a call can begin, told in ten seconds."""

from typing import TYPE_CHECKING

import click

from roomtone.cli.context import app
from roomtone.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roomtone.session.preflight import Finding

_WORD_COLUMNS = 9
"""Width of the longest word, ``problem``, and two spaces."""
_COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}


@click.command(
    epilog="""\b
Examples:
  roomtone check                           before a call: say a sentence when it asks
  roomtone check --mic headset --system speakers
  roomtone check --mic-only                for a call without the customer's side
  roomtone check --no-sound                while something plays, such as a video
  roomtone check --json                    for other programs
"""
)
@click.option(
    "--mic", metavar="NAME", help="The microphone: a number of `roomtone devices`, a name or a part of it."
)
@click.option("--system", metavar="NAME", help="The output that the customer is heard on, likewise.")
@click.option("--mic-only", is_flag=True, help="Leave out the customer's side.")
@click.option("--model", metavar="NAME|FOLDER", help="The Whisper model, instead of the one in the settings.")
@click.option("--no-sound", is_flag=True, help="Play nothing; only listen.")
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
@click.pass_context
def check(
    ctx: click.Context,
    mic: str | None,
    system: str | None,
    mic_only: bool,
    model: str | None,
    no_sound: bool,
    as_json: bool,
) -> None:
    """Look whether a call can begin: both sides heard, the model there and fast enough, room on the disk.

    It plays a short, soft sound to see that what the computer plays is heard, and whether that comes back
    through the microphone; then it asks for a sentence. Nothing of it is kept. The exit status is 1 when
    there is a problem.
    """
    import asyncio

    from roomtone.cli.checking import Check, rehearsal
    from roomtone.config.settings import NO_SYSTEM
    from roomtone.session.preflight import Finding, Verdict

    if mic_only and system is not None:
        raise UsageError("--mic-only is without --system: leave one of them out.", code="mic_only_system")
    surroundings = app(ctx)
    settings = surroundings.load(
        {
            "audio.microphone": mic,
            "audio.system": NO_SYSTEM if mic_only else system,
            "whisper.model": model,
        }
    ).settings
    findings: list[Finding] = []

    def tell(finding: Finding) -> None:
        findings.append(finding)
        if not as_json:
            _print(finding)

    rehearsed = rehearsal(settings, sound=not no_sound, ask=lambda prompt: click.echo(prompt, err=True))
    asyncio.run(Check(surroundings, settings, rehearsed, tell).run())
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    if as_json:
        _print_json(findings)
    elif problems:
        click.echo(f"\n{problems} problem{'s' if problems > 1 else ''}: see what to do above.")
    else:
        click.echo("\nReady for a call: roomtone listen")
    ctx.exit(1 if problems else 0)


def _print(finding: "Finding") -> None:
    import os
    import sys

    from rich.console import Console

    columns = Console().width if sys.stdout.isatty() else 10_000
    indent = " " * _WORD_COLUMNS
    lines = [f"{finding.subject}: {finding.message}"]
    if finding.advice:
        lines.append(f"What to do: {finding.advice}")
    text = "\n".join(click.wrap_text(line, columns, indent, indent) for line in lines)
    word = str(finding.verdict)
    if not os.environ.get("NO_COLOR"):
        word = click.style(word, fg=_COLOURS[word])  # taken out again where the output is no terminal
    click.echo(word + text[len(finding.verdict) :])


def _print_json(findings: "Sequence[Finding]") -> None:
    import json
    from dataclasses import asdict

    ready = all(finding.verdict != "problem" for finding in findings)
    click.echo(json.dumps({"ready": ready, "findings": [asdict(finding) for finding in findings]}, indent=2))

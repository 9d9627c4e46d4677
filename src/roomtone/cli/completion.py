"""``roomtone completion``: the script that lets a shell complete commands and options."""

import click


@click.command(
    epilog="""\b
Examples:
  roomtone completion bash >> ~/.bashrc
  roomtone completion zsh >> ~/.zshrc
  roomtone completion fish > ~/.config/fish/completions/roomtone.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell; where it goes is shown below."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 - click has all three
    click.echo(script(ctx.find_root().command, {}, "roomtone", "_ROOMTONE_COMPLETE").source())

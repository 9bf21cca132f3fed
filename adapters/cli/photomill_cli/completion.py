"""``photomill completion``: what a shell sources to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from photomill_cli.commands import Command


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a shell's completion script.

    \b
    bash:  eval "$(photomill completion bash)"
    zsh:   eval "$(photomill completion zsh)"
    fish:  photomill completion fish | source
    """
    program = context.find_root()
    completion = get_completion_class(shell)
    assert completion is not None  # click brings all three
    name = "photomill"
    click.echo(completion(program.command, {}, name, "_PHOTOMILL_COMPLETE").source())

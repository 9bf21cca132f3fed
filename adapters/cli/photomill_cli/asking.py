"""Questions to whoever runs a command, and what becomes of them where nobody is there to answer."""

import sys

import click

from photomill import InvalidInput


def confirm(question: str) -> None:
    """Ask, and go on only after a yes; ``--yes`` is what answers where there is no terminal.

    :raises click.Abort: the answer is no, or Ctrl-C.
    :raises InvalidInput: there is nobody to answer.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise InvalidInput(f"{question} Nobody is there to answer", path="--yes") from None
    if not agreed:
        raise click.Abort


def secret(question: str, elsewhere: str) -> str:
    """Ask for what must not be seen.

    :param elsewhere: where it may come from instead.
    :raises InvalidInput: there is nobody to answer.
    """
    try:
        return str(click.prompt(question, hide_input=True, err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise InvalidInput(f"there is no terminal to ask at: set {elsewhere}") from None

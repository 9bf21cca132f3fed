"""Questions to whoever runs a command, and what becomes of them where nobody is there to answer."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import GetPassWarning

import click

from photomill import InvalidInput


def confirm(question: str) -> None:
    """Ask, and go on only after a yes; ``--yes`` is what answers where there is no terminal.

    :raises click.Abort: the answer is no, or Ctrl-C.
    :raises InvalidInput: there is nobody to answer.
    """
    with _answered(InvalidInput(f"{question} Nobody is there to answer", path="--yes")):
        agreed = click.confirm(question, err=True)
    if not agreed:
        raise click.Abort


def secret(question: str, elsewhere: str) -> str:
    """Ask for what must not be seen.

    :param elsewhere: where it may come from instead.
    :raises InvalidInput: there is nobody to answer, or no terminal that hides what is typed.
    """
    with _answered(InvalidInput(f"there is no terminal to ask at: set {elsewhere}")):
        return str(click.prompt(question, hide_input=True, err=True))


@contextmanager
def _answered(refusal: InvalidInput) -> Iterator[None]:
    """Refuse where there is nobody to answer a question."""
    try:
        with warnings.catch_warnings():
            # Python would go on where what is typed can be seen.
            warnings.simplefilter("error", GetPassWarning)
            yield
    except click.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        # Behind the question.
        click.echo(err=True)
        raise refusal from None
    except (GetPassWarning, RuntimeError) as error:
        # The second says of a closed standard input that it is lost.
        raise refusal from error

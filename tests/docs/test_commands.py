"""Every command that the documents show exists, with the options shown."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from photomill_cli.main import main

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?:console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shown_commands(program: str) -> Iterator[list[str]]:
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words and words[0] == program:
                    yield words


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow the names of commands as far as they go; return the last and the words left."""
    command: click.Command = main
    for position, word in enumerate(words):
        child = _children(command).get(word)
        if child is None:
            return command, words[position:]
        command = child
    return command, []


def every_command(command: click.Command = main) -> Iterator[click.Command]:
    yield command
    for child in _children(command).values():
        yield from every_command(child)


def _children(command: click.Command) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    found = {name: command.get_command(context, name) for name in command.list_commands(context)}
    return {name: child for name, child in found.items() if child is not None}


@pytest.mark.parametrize("words", list(shown_commands("photomill")), ids=" ".join)
def test_a_shown_command_exists(words: list[str]) -> None:
    command, rest = resolve(words[1:])
    assert not isinstance(command, click.Group) or not rest or rest[0].startswith("-"), rest
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    assert {word for word in rest if word.startswith("-")} <= known


@pytest.mark.parametrize("words", list(shown_commands("make")), ids=" ".join)
def test_a_shown_target_exists(words: list[str]) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for word in words[1:]:
        name = word.split("=")[0]
        assert re.search(rf"^{name} ?[:?]", makefile, re.MULTILINE), name


@pytest.mark.parametrize("command", list(every_command()), ids=lambda command: str(command.name))
def test_every_command_and_option_has_help(command: click.Command) -> None:
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name

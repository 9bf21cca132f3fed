"""The program as click sees it: commands that are imported when they are asked for, errors without tracebacks."""

import os
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any

import click

from photomill import PhotomillError
from photomill_cli.exits import Exit, exit_code
from photomill_cli.options import Invocation, common_options


class CommandTable(MutableMapping[str, click.Command]):
    """Commands by name; each one's module is imported when the command is taken out.

    A module names its command ``command``.
    """

    def __init__(self, modules: Mapping[str, tuple[str, str]]) -> None:
        """
        :param modules: module and one line of help, by the command's name.
        """
        self._modules = dict(modules)
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            module, _ = self._modules[name]
            self._added[name] = import_module(module).command
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._modules[name] = (command.__module__, command.get_short_help_str())
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        del self._modules[name]
        self._added.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def help_of(self, name: str) -> str:
        """One line of help, without importing the command."""
        return self._modules[name][1]


class Command(click.Command):
    """A command that takes the common options too."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.extend(common_options())


class Group(click.Group):
    """Commands on one subject, which take the common options before their names too."""

    command_class = Command

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.extend(common_options())


class Program(click.Group):
    """The program itself."""

    def __init__(self, *, commands: CommandTable, **settings: Any) -> None:
        super().__init__(commands=commands, **settings)
        self.table = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.table.help_of(name)) for name in self.table])

    def invoke(self, ctx: click.Context) -> Any:
        invocation = ctx.ensure_object(Invocation)
        if os.environ.get("NO_COLOR"):  # https://no-color.org; click does not look
            ctx.color = False
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            raise
        except (PhotomillError, OSError) as error:
            if invocation.debug:
                traceback.print_exception(error)
            click.secho(f"Error: {error}", fg="red", err=True)
            ctx.exit(exit_code(error))

"""The program as click sees it: commands that are imported when they are asked for, errors without tracebacks."""

import gc
import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click
from click.core import ParameterSource

from photomill import ConfigError, InvalidInput, PhotomillError, Problem
from photomill_cli.exits import Exit, exit_code
from photomill_cli.options import Invocation, common_options

_ALLOCATIONS = 10_000
"""Objects more than there were, after which Python looks for garbage; its own 700 suits programs that load less."""


class Command(click.Command):
    """A command that takes the common options too. What is wrong is named as the option or the argument that gives it."""

    def __init__(
        self,
        *arguments: Any,
        options: Mapping[str, str] = MappingProxyType({}),
        table: str = "",
        **settings: Any,
    ) -> None:
        """
        :param table: of the configuration, whose keys options of the same names override.
        :param options: options by the paths of errors; those that are given are known by the names of their parameters.
        """
        super().__init__(*arguments, **settings)
        self._options = options
        self._table = table
        self.params.extend(common_options())

    def invoke(self, ctx: click.Context) -> Any:
        given = {
            each.name: _shown_name(each)
            for each in self.params
            if each.name and _is_given(ctx, each.name)
        }
        for name, option in list(given.items()) if self._table else ():
            path = f"{self._table}.{name}"
            given |= {path: option, f"override: {path}": option}
        arguments = {
            each.name: each.human_readable_name.rstrip(".")
            for each in self.params
            if isinstance(each, click.Argument) and each.name
        }
        with named_as_options({**arguments, **given, **self._options}):
            return super().invoke(ctx)


class Group(click.Group):
    """Commands on one subject, which take the common options before their names too."""

    command_class = Command

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.extend(common_options())


class Program(click.Group):
    """The program itself. The module of a command, which it names ``command``, is imported when the command is asked for."""

    def __init__(self, *, modules: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        """
        :param modules: module and one line of help, by the command's name.
        """
        super().__init__(**settings)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        command: click.Command = import_module(self._modules[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._modules.items()])

    def invoke(self, ctx: click.Context) -> Any:
        invocation = ctx.ensure_object(Invocation)
        # To start makes many objects that stay: looking for garbage among them took a tenth of a short command.
        gc.set_threshold(_ALLOCATIONS)
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
            click.secho(f"Error: {_told(error)}", fg="red", err=True)
            ctx.exit(exit_code(error))


@contextmanager
def named_as_options(options: Mapping[str, str]) -> Iterator[None]:
    """Name what is wrong as the option that gives it.

    :param options: by the paths of errors; others stay as they are.
    """
    try:
        yield
    except InvalidInput as error:
        if error.path not in options:
            raise
        raise InvalidInput(error.message, path=options[error.path]) from error
    except ConfigError as error:
        if not any(each.path in options for each in error.problems):
            raise
        raise ConfigError(
            [Problem(options.get(each.path, each.path), each.message) for each in error.problems]
        ) from error


def _shown_name(parameter: click.Parameter) -> str:
    """What the help calls an option or an argument."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name.removesuffix("...")


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) in (
        ParameterSource.COMMANDLINE,
        ParameterSource.ENVIRONMENT,
    )


def _told(error: Exception) -> str:
    """An error as somebody reads it; one of the system without its number."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)

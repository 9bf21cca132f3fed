"""Options that every command takes, before or after its name, and what they lead to."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import define

from photomill_cli.exits import Exit

if TYPE_CHECKING:
    from photomill import Engine, Problem, Settings


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _NothingThere(click.BadParameter):
    exit_code = Exit.NOT_FOUND


class ExistingPath(click.Path):
    """A path at which there must be something; where there is nothing, the exit code says so."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(exists=True, path_type=Path, **settings)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            if os.path.exists(value):
                raise
            raise _NothingThere(error.message, ctx=error.ctx, param=error.param) from None


@define
class Invocation:
    """What the common options said.

    :ivar config: the user's ``plugins.toml``; None for the built-in configuration.
    :ivar data_dir: None for what the configuration says.
    :ivar quiet: print nothing but the result.
    :ivar debug: show the traceback of an error.
    """

    config: Path | None = None
    data_dir: Path | None = None
    quiet: bool = False
    debug: bool = False

    @property
    def words(self) -> list[str]:
        """The options that choose a catalog, for a command that is to be run on the same one from anywhere."""
        given = (("--config", self.config), ("--data-dir", self.data_dir))
        return [
            word
            for name, path in given
            if path is not None
            for word in (name, str(path.absolute()))
        ]

    def settings(self, overrides: Mapping[str, Any] | None = None) -> "Settings":
        """Load the configuration; dotted ``overrides`` have the last word.

        :raises ConfigError: it is wrong.
        """
        from photomill import load_settings

        return load_settings(self.config, overrides=self._overrides(overrides))

    def checked_settings(self) -> "tuple[Settings, list[Problem]]":
        """The configuration as far as it is right, and every mistake in the rest of it.

        :raises ConfigError: the file cannot be read at all.
        """
        from photomill import read_settings

        return read_settings(self.config, overrides=self._overrides())

    def _overrides(self, others: Mapping[str, Any] | None = None) -> dict[str, Any]:
        chosen = dict(others or {})
        if self.data_dir is not None:
            chosen["photomill.data_dir"] = str(self.data_dir.absolute())
        return chosen

    @contextmanager
    def engine(self) -> "Iterator[Engine]":
        """The engine on the data folder that is chosen."""
        from photomill import Engine

        with Engine.open(self.settings()) as engine:
            yield engine


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def common_options() -> list[click.Parameter]:
    """The options, made anew; their values go into the :class:`Invocation`."""
    return [
        click.Option(
            ["--config"],
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A plugins.toml, laid over the built-in one.",
            expose_value=False,
            callback=_keep,
        ),
        click.Option(
            ["--data-dir"],
            type=click.Path(file_okay=False, path_type=Path),
            help="The folder of the catalog and its files.",
            expose_value=False,
            callback=_keep,
        ),
        click.Option(
            ["--quiet", "-q"],
            is_flag=True,
            help="Print nothing but the result.",
            expose_value=False,
            callback=_keep,
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            help="Show where an error comes from.",
            expose_value=False,
            callback=_keep,
        ),
    ]


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    # An option that is absent after the command's name must not undo one before it.
    if value and option.name is not None:
        setattr(context.ensure_object(Invocation), option.name, value)

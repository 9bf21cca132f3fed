"""``photomill config``: check, show, schema."""

import click

from photomill import (
    Components,
    ConfigError,
    PluginUnavailable,
    Problem,
    Settings,
    doubtful_references,
    find_fallbacks,
    offered_components,
    settings_schema,
    settings_tree,
)
from photomill_cli.adapters import adapter_problems
from photomill_cli.commands import Group
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import print_json
from photomill_cli.toml import to_toml


@click.group("config", cls=Group)
def command() -> None:
    """Check and show the configuration."""


@command.command("check")
@pass_invocation
def check(invocation: Invocation) -> None:
    """Say every mistake in the configuration at once; with exit code 2 where there is one.

    What is right but cannot serve here, for want of a model or a library, is a warning that names what serves instead. So is
    the name of a storage that may be registered: those are not looked at.
    """
    settings, problems = invocation.checked_settings()
    in_adapters = adapter_problems(settings)
    warnings: list[str] = []
    try:
        with Components.load(settings) as components:
            problems += in_adapters
            warnings = [] if problems else _warnings(components, settings)
    except ConfigError as error:
        problems += [*error.problems, *in_adapters]
    except PluginUnavailable as error:
        problems += in_adapters
        if not problems:
            raise
        problems.append(Problem("", str(error)))
    if problems:
        raise ConfigError(problems)
    for warning in warnings:
        click.secho(f"Warning: {warning}", fg="yellow", err=True)
    if not invocation.quiet:
        click.echo("the configuration is good")


def _warnings(components: Components, settings: Settings) -> list[str]:
    missing = [
        f"{path}: {reason}"
        for path, reason in components.unavailable().items()
        if not path.startswith("editors.")
    ]
    return [
        *doubtful_references(settings),
        *missing,
        *find_fallbacks(components.tools(), settings),
    ]


@command.command("show")
@json_option
@pass_invocation
def show(invocation: Invocation, as_json: bool) -> None:
    """Show the configuration that holds: built-in, yours and the environment's, without secrets."""
    tree = settings_tree(invocation.settings())
    if as_json:
        print_json(tree)
    else:
        click.echo(to_toml(tree), nl=False)


@command.command("schema")
@pass_invocation
def schema(invocation: Invocation) -> None:
    """Print a JSON Schema of plugins.toml, from which editors complete; it knows every part that is installed."""
    print_json(settings_schema(offered_components()))

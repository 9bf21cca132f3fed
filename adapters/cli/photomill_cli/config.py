"""``photomill config``: check, show, schema."""

import click

from photomill.config.load import settings_tree
from photomill.config.schema import settings_schema
from photomill.errors import ConfigError
from photomill.plugins import Components, offered_components
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
    """Say every mistake in the configuration at once; with exit code 2 where there is one."""
    settings = invocation.settings()
    problems = adapter_problems(settings)
    try:
        Components.load(settings).close()
    except ConfigError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise ConfigError(problems)
    if not invocation.quiet:
        click.echo("the configuration is good")


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

"""``photomill plugins``: what is installed, what is chosen, what cannot be used."""

import attrs
import click

from photomill import PluginInfo, list_plugins, offered_confinement
from photomill_cli.commands import Command
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import print_json, print_table


@click.command("plugins", cls=Command)
@click.option("--selected", is_flag=True, help="Only what the configuration selects.")
@json_option
@pass_invocation
def command(invocation: Invocation, selected: bool, as_json: bool) -> None:
    """Show the parts that are installed: the instances that use each, its distribution, and why it cannot be used.

    --quiet prints only what `use = "..."` in plugins.toml may say.
    """
    found = list_plugins(invocation.settings())
    if as_json:
        print_json([attrs.asdict(plugin) for plugin in found if plugin.loaded or not selected])
        return
    rows = [row for plugin in found for row in _rows(plugin) if row[2] != "-" or not selected]
    rows.sort(key=lambda row: row[:2])
    if invocation.quiet:
        for _, use, *_ in rows:
            click.echo(use)
    else:
        print_table(("Family", "Use", "Selected as", "From", "State"), rows)
        # Beside the table, which programs read.
        click.echo(f"Sandbox: {offered_confinement()}.", err=True)


def _rows(plugin: PluginInfo) -> list[tuple[str, str, str, str, str]]:
    origin = f"{plugin.distribution} {plugin.version}".strip() or plugin.module
    if not plugin.components:
        selected = "loaded" if plugin.loaded else "-"
        return [("-", plugin.entry_point, selected, origin, plugin.unavailable or "observes only")]
    return [
        (
            component.family,
            component.use,
            ", ".join(component.instances) or "-",
            origin,
            component.unavailable or "usable",
        )
        for component in plugin.components
    ]

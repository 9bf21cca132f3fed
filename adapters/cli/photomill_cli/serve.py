"""``photomill serve``: the HTTP APIs, and pages for people."""

import click

from photomill import Engine
from photomill_cli.adapters import front_page, http_overrides, serve_engine
from photomill_cli.commands import Command
from photomill_cli.options import Invocation, pass_invocation


@click.command("serve", cls=Command, table="adapters.http")
@click.option("--host", help="The address to listen at; else what is configured.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port; 0 for any; else what is configured."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes that serve, one for each core; else what is configured.",
)
@pass_invocation
def command(
    invocation: Invocation, host: str | None, port: int | None, workers: int | None
) -> None:
    """Serve the HTTP APIs, and pages for people, until SIGTERM or Ctrl-C.

    What is under way then comes to its end. --quiet prints the URL only.
    """

    settings = invocation.settings(http_overrides(host=host, port=port, workers=workers))
    with Engine.open(settings) as engine:

        def announce(url: str) -> None:
            if invocation.quiet:
                click.echo(url)
                return
            page = front_page(engine, url)
            if page:
                click.echo(f"Open {page} in a browser, and sign in with an API key")
            click.echo(f"Photomill serves at {url} (API at {url}/docs)")

        serve_engine(engine, settings, announce)

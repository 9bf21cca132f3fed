"""``photomill url``: signed addresses of images."""

import time

import click

from photomill import InvalidInput
from photomill_cli.adapters import check_image_options
from photomill_cli.commands import Command
from photomill_cli.options import Invocation, pass_invocation

_SOURCES = ("record:", "photo:", "storage://", "http://", "https://")


@click.command("url", cls=Command)
@click.argument("source")
@click.argument("options", default="")
@click.option(
    "--srcset",
    "widths",
    metavar="WIDTHS",
    help="Print the attribute srcset for these widths, with commas between: 320,640,1280.",
)
@click.option("--expires", type=click.IntRange(min=1), metavar="SECONDS", help="Good for so long.")
@click.option("--key", default="", help="The name of the key to sign with; else the first.")
@click.option("--base", default="", help="To put in front: https://photos.example.")
@pass_invocation
def command(
    invocation: Invocation,
    source: str,
    options: str,
    widths: str | None,
    expires: int | None,
    key: str,
    base: str,
) -> None:
    """Sign the address of an image.

    SOURCE is record:COLLECTION/RECORD, photo:ID, storage://STORAGE/KEY or an address on the web; OPTIONS are edits by
    short names: w_400,h_300,fit_smart,f_auto.
    """
    if not source.startswith(_SOURCES):
        raise InvalidInput(
            f"expected record:, photo:, storage:// or an address on the web, got {source!r}",
            path="SOURCE",
        )
    check_image_options(options)
    moment = None if expires is None else time.time() + expires
    with invocation.engine() as engine:
        urls = engine.image_urls
        if widths is None:
            click.echo(urls.url(source, options, expires=moment, key=key, base=base))
            return
        sizes = [_width(each) for each in widths.split(",")]
        click.echo(urls.srcset(source, options, sizes, expires=moment, key=key, base=base))


def _width(text: str) -> int:
    if not text.strip().isdecimal():
        raise InvalidInput(f"expected widths like 320,640, got {text!r}", path="--srcset")
    return int(text)

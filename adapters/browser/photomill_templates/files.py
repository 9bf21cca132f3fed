"""Pages that are files, and need nothing but themselves."""

from collections.abc import Iterable, Iterator
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from photomill_templates.tiles import Section

STATIC = files("photomill_templates") / "static"
"""Style sheets: ``base.css`` of every page, ``tiles.css`` of contact sheets."""

_STYLES = ("base.css", "tiles.css")


def page_file(title: str, subtitle: str, sections: Iterable[Section]) -> Iterator[str]:
    """A contact sheet as one HTML file, in portions: it loads nothing, runs nothing, and what strangers wrote is text."""
    environment = Environment(
        loader=PackageLoader("photomill_templates"),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    style = "".join((STATIC / name).read_text("utf-8") for name in _STYLES)
    template = environment.get_template("shared/file.html")
    return template.generate(title=title, subtitle=subtitle, sections=sections, style=style)

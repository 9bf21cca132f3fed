"""A page of thumbnails that needs nothing but itself."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from importlib.resources import files
from pathlib import Path

from attrs import field, frozen

from photomill import Record, unescape_name
from photomill_cli.output import human_bytes
from photomill_cli.thumbnails import thumbnail


@frozen
class Card:
    """One image of the sheet.

    :ivar image: the original; None where it is not a file of this machine.
    :ivar notes: lines below the title.
    :ivar badge: a word that stands out.
    """

    title: str
    image: Path | None = None
    notes: Sequence[str] = ()
    badge: str = ""


@frozen
class Section:
    """Images that belong together."""

    heading: str
    cards: Sequence[Card]


@frozen
class ContactSheet:
    """A page: sections of cards below a title."""

    title: str
    subtitle: str = ""
    sections: Sequence[Section] = field(factory=list)

    def write(self, path: Path) -> None:
        """Write the page as one HTML file, thumbnails included.

        :raises OSError: it cannot be written.
        """
        with path.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(self.render())

    def render(self) -> Iterator[str]:
        """Yield the page in portions."""
        style = files("photomill_cli").joinpath("contact_sheet.css").read_text("utf-8")
        title = escape(self.title)
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            # Names of files are anybody's words: even one that slipped through could load or run nothing.
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
            f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
            f"<header><h1>{title}</h1><p>{escape(self.subtitle)}</p></header>\n"
        )
        with ThreadPoolExecutor() as pool:
            for section in self.sections:
                yield f"<section>\n<h2>{escape(section.heading)}</h2>\n<ul>\n"
                yield from pool.map(_card, section.cards)
                yield "</ul>\n</section>\n"
        yield "</body>\n</html>\n"


def card_of(record: Record, *notes: str, badge: str = "") -> Card:
    """A record's card; its image is the file that its ``_file`` names."""
    path = record.attributes.get("_file")
    size = f"{record.width}x{record.height} {record.format}, {human_bytes(record.bytes)}"
    return Card(
        title=record.id,
        image=Path(unescape_name(path)) if isinstance(path, str) and path else None,
        notes=[*notes, size],
        badge=badge,
    )


def _card(card: Card) -> str:
    source = None if card.image is None else thumbnail(card.image)
    if source is None:
        image = '<div class="missing">no image</div>'
    else:
        image = f'<img src="{source}" alt="{escape(card.title)}">'
    badge = f'<span class="badge">{escape(card.badge)}</span>' if card.badge else ""
    notes = "".join(f"<small>{escape(note)}</small>" for note in card.notes)
    return (
        f'<li><figure><div class="frame">{image}{badge}</div>'
        f"<figcaption><b>{escape(card.title)}</b>{notes}</figcaption></figure></li>\n"
    )

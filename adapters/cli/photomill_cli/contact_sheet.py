"""A page of thumbnails that needs nothing but itself, of the templates that the browser's pages are made of."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
from attrs import field, frozen

import photomill_templates as templates
from photomill import Record, unescape_name
from photomill_cli.output import human_bytes
from photomill_cli.thumbnails import thumbnail


class SheetPath(click.Path):
    """Where a page is to be written, checked before the work that it shows."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.absolute().parent.is_dir():
            self.fail(f"there is no folder '{path.parent}'.", param, ctx)
        return path


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
        with ThreadPoolExecutor() as pool:
            sections = (
                templates.Section(section.heading, pool.map(_tile, section.cards))
                for section in self.sections
            )
            yield from templates.page_file(self.title, self.subtitle, sections)


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


def _tile(card: Card) -> templates.Tile:
    source = None if card.image is None else thumbnail(card.image)
    return templates.Tile(
        card.title, source or "", card.notes, badge=card.badge, missing="no image"
    )

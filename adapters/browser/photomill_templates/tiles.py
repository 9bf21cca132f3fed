"""What a contact sheet shows."""

from collections.abc import Iterable, Sequence

from attrs import frozen


@frozen
class Tile:
    """An image of a contact sheet.

    :ivar picture: the address of the image; empty where it cannot be shown, which the tile then says.
    :ivar notes: lines below the name.
    :ivar badge: a word that stands out.
    :ivar address: what the tile leads to; empty for nothing.
    :ivar missing: what the tile says in place of an image.
    """

    name: str
    picture: str = ""
    notes: Sequence[str] = ()
    badge: str = ""
    address: str = ""
    missing: str = ""


@frozen
class Section:
    """Images that belong together; they may be made as they are asked for, once."""

    heading: str
    tiles: Iterable[Tile]

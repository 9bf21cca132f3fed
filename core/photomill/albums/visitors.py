"""Visitors of public views, and the photos that they mark."""

import unicodedata
from collections.abc import Sequence

from photomill.albums.context import AlbumContext
from photomill.albums.model import Group, SharedGroup, Visitor
from photomill.albums.tokens import new_secret
from photomill.errors import Forbidden, InvalidInput, NotFound
from photomill.names import normalise_name

MOST_VISITORS = 1000
"""Visitors of one group who may mark photos."""

_MAX_NAME = 100
_MAX_MESSAGE = 2000


class Visitors:
    """Keeps the favourites of visitors, who need no account: a secret in their browser names them. Thread-safe.

    How often a visitor may change them is up to whoever lets them in: the adapter.
    """

    def __init__(self, context: AlbumContext) -> None:
        self._table = context.tables.visitors
        self._photos = context.tables.photos

    def new_secret(self) -> str:
        """Draw what a visitor's browser keeps: 256 bits."""
        return new_secret()

    def find(self, shared: SharedGroup, secret: str) -> Visitor | None:
        """A visitor with the favourites; None for one who marked nothing yet."""
        return self._table.find(shared.group.id, secret) if secret else None

    def mark(self, shared: SharedGroup, secret: str, photo_id: str, favourite: bool) -> None:
        """Note whether a photo is a visitor's favourite. Does no harm twice.

        :raises Forbidden: visitors of this group may not mark photos.
        :raises NotFound: the group shows no such photo.
        :raises CapacityExceeded: the group has as many visitors as it may.
        """
        self._check(shared)
        if not favourite:
            self._table.remove(shared.group.id, secret, photo_id)
            return
        photo = self._photos.get(photo_id)
        if photo.group != shared.group.id or not photo.shown:
            raise NotFound(f"no photo {photo_id!r}")
        self._table.add(shared.group.id, secret, photo_id, MOST_VISITORS)

    def send(self, shared: SharedGroup, secret: str, *, name: str = "", message: str = "") -> None:
        """Tell the owner that these are the favourites; they can be changed and sent again.

        :param name: who it is, as the owner knows them.
        :param message: to the owner.
        :raises Forbidden: visitors of this group may not mark photos.
        :raises InvalidInput: the name or the message is too long.
        :raises CapacityExceeded: the group has as many visitors as it may.
        """
        self._check(shared)
        name, message = normalise_name(name).strip(), message.strip()
        check_text(name, _MAX_NAME, "name")
        check_text(message, _MAX_MESSAGE, "message", lines=True)
        self._table.send(shared.group.id, secret, name, message, MOST_VISITORS)

    def of_group(self, group: Group) -> list[Visitor]:
        """A group's visitors with their favourites, those who came last first."""
        return self._table.of_group(group.id)

    def sent_counts(self, groups: Sequence[Group]) -> dict[str, int]:
        """How many visitors sent their favourites, by the ids of groups; those without any are left out."""
        return self._table.sent_counts([group.id for group in groups])

    def get(self, group: Group, visitor_id: str) -> Visitor:
        """A visitor of a group.

        :raises NotFound: the group has no such visitor.
        """
        for visitor in self._table.of_group(group.id):
            if visitor.id == visitor_id:
                return visitor
        raise NotFound(f"no visitor {visitor_id!r}")

    def forget(self, visitor: Visitor) -> None:
        """Remove a visitor and the favourites."""
        self._table.forget(visitor.id)

    def _check(self, shared: SharedGroup) -> None:
        if not shared.options.favourites:
            raise Forbidden("visitors of this group may not mark photos")


def check_text(text: str, most: int, path: str, *, lines: bool = False) -> None:
    """Make sure that a text may be kept of a visitor.

    :param lines: whether it may have several.
    :raises InvalidInput: it is too long, or has control characters.
    """
    if len(text) > most:
        raise InvalidInput(f"expected {most} characters at most", path=path)
    allowed = "\n\r\t" if lines else ""
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in allowed for each in text):
        raise InvalidInput("expected no control characters", path=path)

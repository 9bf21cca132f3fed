"""Sharing groups with visitors: what a public view offers, who is let in, and what they see."""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from operator import attrgetter

from photomill.albums.context import AlbumContext
from photomill.albums.groups import Groups
from photomill.albums.model import (
    Group,
    Photo,
    SharedGroup,
    SharedImage,
    SharedPhoto,
    ShareOptions,
    Zip,
    ZipEntry,
)
from photomill.albums.tokens import is_token
from photomill.albums.visitors import check_text
from photomill.albums.zips import Zips
from photomill.config.settings import DerivativeSettings
from photomill.errors import Forbidden, InvalidInput, NotFound

_ADMITTED_SECONDS = 30 * 86_400
"""How long nobody is asked for a password again."""
_MAX_MESSAGE = 2000


class Sharing:
    """Lets visitors into the public views of groups. Thread-safe.

    Who guesses tokens or passwords is slowed down by whoever lets people in: the adapter.
    """

    def __init__(self, context: AlbumContext, groups: Groups, zips: Zips) -> None:
        self._groups = groups
        self._zips = zips
        self._table = context.tables.sharing
        self._passwords = context.tables.groups
        self._derivatives = {
            name: each
            for name, each in context.settings.derivatives.items()
            if each.side and not each.square
        }

    # ------------------------------------------------------------ for the owner

    def options(self, group: Group) -> ShareOptions:
        """What a group's public view offers."""
        return self._table.of_group(group.id)

    def update(self, group: Group, options: ShareOptions) -> None:
        """Change what a group's public view offers.

        :raises InvalidInput: the message is too long.
        """
        check_text(options.message, _MAX_MESSAGE, "message", lines=True)
        self._table.keep(group.id, options)

    # ------------------------------------------------------------ for visitors

    def find(self, token: str) -> Group:
        """Find a group by its token, whether or not its public view has ended.

        :raises NotFound: there is none, or it was deleted.
        """
        if not is_token(token):
            raise NotFound(f"no group {token!r}")
        return self._groups.find(token)

    def admit(self, group: Group, password: str) -> str:
        """Draw what opens a group to whoever knows its password, for 30 days or until the password or the token changes.

        :raises Forbidden: it is another password.
        """
        if not self._groups.opens(group, password):
            raise Forbidden("it is another password")
        expires = str(int(time.time()) + _ADMITTED_SECONDS)
        return f"{expires}.{self._signature(group, expires)}"

    def enter(self, token: str, admission: str = "") -> SharedGroup:
        """Let a visitor in.

        :param admission: from :meth:`admit`, for groups that ask for a password.
        :raises NotFound: there is no such group, or its public view has ended.
        :raises Forbidden: the group asks for a password.
        """
        group = self.find(token)
        if not self._groups.is_public(group):
            raise NotFound("the public view has ended")
        if group.protected and not self._admits(group, admission):
            raise Forbidden("the group asks for a password")
        return SharedGroup(group, self.options(group))

    def photos(self, shared: SharedGroup) -> list[SharedPhoto]:
        """What a visitor sees of a group's photos, in their order."""
        kinds = self._kinds(shared.options)
        group, options = shared.group, shared.options
        return [_shared(photo, kinds, options, group.thumb) for photo in self._groups.photos(group)]

    def create_zip(self, shared: SharedGroup, photo_ids: Sequence[str] = ()) -> Zip:
        """Have photos packed for a visitor; who asks for the same gets the same archive.

        :param photo_ids: empty for all.
        :raises Forbidden: the group allows no downloads.
        :raises InvalidInput: one is no photo of the group, or there are none or too many.
        :raises CapacityExceeded: there are 100 archives of the group, of other photos.
        """
        if shared.options.downloads == "none":
            raise Forbidden("the group allows no downloads")
        known = {photo.id: photo for photo in self.photos(shared)}
        for place, photo_id in enumerate(photo_ids):
            if photo_id not in known:
                raise InvalidInput("expected photos of the group", path=f"photos[{place}]")
        chosen = set(photo_ids or known)
        entries = [
            ZipEntry(photo.download, "")
            for photo in known.values()
            if photo.id in chosen and photo.download
        ]
        return self._zips.create(shared.group, entries, share=True)

    def _kinds(self, options: ShareOptions) -> list[tuple[str, DerivativeSettings]]:
        """The derivatives that are shown: one of each size, smallest first."""
        public = {name: each for name, each in self._derivatives.items() if each.public}
        plain = {name: each for name, each in self._derivatives.items() if not each.watermark}
        shown: Mapping[str, DerivativeSettings] = public if options.watermark else plain or public
        by_side: dict[int, tuple[str, DerivativeSettings]] = {}
        for name, each in shown.items():
            # Of one size, the one without a watermark: it is public too.
            if each.side not in by_side or by_side[each.side][1].watermark:
                by_side[each.side] = (name, each)
        return [by_side[side] for side in sorted(by_side)]

    def _admits(self, group: Group, admission: str) -> bool:
        expires, _, signature = admission.partition(".")
        if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
            return False
        signed = self._signature(group, expires)
        return hmac.compare_digest(signed, signature) and time.time() < int(expires)

    def _signature(self, group: Group, expires: str) -> str:
        # The stored hash, which is salted, is the key: another password is another key.
        stored = self._passwords.password(group.id)
        text = f"{group.id} {group.token} {expires}"
        return hmac.new(stored.encode(), text.encode(), hashlib.sha256).hexdigest()


def _shared(
    photo: Photo,
    kinds: Sequence[tuple[str, DerivativeSettings]],
    options: ShareOptions,
    thumb: str,
) -> SharedPhoto:
    """
    :param thumb: the path of the group's thumbnail; empty for none.
    """
    images = [
        SharedImage(photo.files[name], *_size(photo, each.side))
        for name, each in kinds
        if name in photo.files
    ]
    downloads = {
        "none": "",
        "shown": max(images, key=attrgetter("width")).path if images else "",
        "original": photo.files.get("original", ""),
    }
    return SharedPhoto(
        id=photo.id,
        name=photo.sort_name,
        width=photo.width,
        height=photo.height,
        mean_colour=photo.mean_colour,
        images=tuple(images),
        download=downloads[options.downloads],
        cover=bool(thumb) and thumb in photo.files.values(),
    )


def _size(photo: Photo, side: int) -> tuple[int, int]:
    """The size of a derivative, which is never enlarged."""
    scale = min(1.0, side / max(photo.width, photo.height, 1))
    return max(1, round(photo.width * scale)), max(1, round(photo.height * scale))

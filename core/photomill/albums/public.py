"""What people see who have no key: the public view."""

from collections.abc import Collection

from attrs import evolve

from photomill.albums.groups import Groups
from photomill.albums.model import Group, GroupSummary, Photo
from photomill.albums.store.photos import PhotoTable
from photomill.errors import Forbidden, NotFound


class PublicView:
    """Groups and photos as the public sees them. Thread-safe.

    Who guesses tokens or passwords is slowed down by whoever lets people in: the adapter.
    """

    def __init__(self, groups: Groups, photos: PhotoTable, kinds: Collection[str]) -> None:
        """
        :param kinds: the derivatives that are shown.
        """
        self._groups = groups
        self._photos = photos
        self._kinds = kinds

    def find(self, name: str) -> Group:
        """Find a group by its id or token.

        :raises NotFound: there is none, it was deleted, or its public view has ended.
        """
        group = self._groups.find(name)
        if not self._groups.is_public(group):
            raise NotFound(f"no group {name!r}")
        return group

    def summary(self, group: Group) -> GroupSummary:
        """A group as lists show it; of a protected one nothing of its photos."""
        (summary,) = self._groups.summaries([group])
        return evolve(summary, thumb="") if group.protected else summary

    def photos(self, group: Group, password: str = "") -> list[Photo]:
        """A group's photos in their order.

        :raises NotFound: the public view has ended.
        :raises Forbidden: it asks for another password.
        """
        self._check(group, password)
        return [self.shown(photo) for photo in self._groups.photos(group)]

    def photo(self, photo_id: str, password: str = "") -> Photo:
        """One photo.

        :raises NotFound: there is none, it is not ready, or its group's public view has ended.
        :raises Forbidden: its group asks for another password.
        """
        photo = self._photos.get(photo_id)
        if not photo.shown:
            raise NotFound(f"no photo {photo_id!r}")
        self._check(self._groups.get(photo.group), password)
        return self.shown(photo)

    def shown(self, photo: Photo) -> Photo:
        """A photo without what is the owner's: only the derivatives for the public."""
        files = {kind: path for kind, path in photo.files.items() if kind in self._kinds}
        return evolve(
            photo,
            files=files,
            format="",
            bytes=0,
            sha256="",
            uploaded=None,
            captured=None,
            captured_offset=None,
            favourite=False,
            duplicate_of="",
            error="",
        )

    def _check(self, group: Group, password: str) -> None:
        if not self._groups.is_public(group):
            raise NotFound(f"no group {group.id!r}")
        if not self._groups.opens(group, password):
            raise Forbidden("the group asks for a password")

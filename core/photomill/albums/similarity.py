"""Photos that look alike, and groups of photos by what they show."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.albums.calendar import time_zone
from photomill.albums.context import AlbumContext
from photomill.albums.groups import Groups
from photomill.albums.model import Group, Photo
from photomill.albums.processing import Processing
from photomill.collections.collection import Collection
from photomill.collections.model import ById, DuplicateKind, Pair, SearchOptions
from photomill.collections.pairs import Clusters
from photomill.components import GroupingInput, Vectors
from photomill.errors import InvalidInput
from photomill.grouping.clock import common_times, notes_on_times
from photomill.grouping.split import GroupingConstraints, Split, split
from photomill.plugins import Components

_PAIRS_AT_ONCE = 10_000


@frozen
class SimilarPhoto:
    """:ivar distance: 0 for the same image; see ``Embedder.distance_scale``."""

    photo: Photo
    distance: float


@frozen
class PhotoGroups:
    """
    :ivar groups: photos in the group's own order.
    :ivar covers: for each group the photo that is most like all of it.
    :ivar adjusted: which constraints could not be kept: ``groups``, ``smallest``.
    :ivar left_out: photos that are not embedded yet.
    :ivar notes: what is otherwise than one might expect, one sentence each.
    """

    groups: Sequence[Sequence[Photo]]
    covers: Sequence[Photo]
    adjusted: Sequence[str]
    left_out: Sequence[Photo]
    notes: Sequence[str] = ()


class Similarity:
    """Searches and groups photos by how they look. Thread-safe."""

    def __init__(
        self,
        context: AlbumContext,
        components: Components,
        groups: Groups,
        processing: Processing,
    ) -> None:
        self._context = context
        self._components = components
        self._groups = groups
        self._processing = processing

    def similar(
        self, photo: Photo, *, limit: int = 30, group: Group | None = None
    ) -> list[SimilarPhoto]:
        """The photos of the same owner that are most like one, the nearest first.

        :param group: only those of this group.
        :raises NotFound: the photo is not embedded yet.
        :raises InvalidInput: a negative limit.
        """
        if limit < 0:
            raise InvalidInput("expected 0 or more", path="limit")
        collection = self._context.collection(photo.owner)
        wanted = 2 * limit + 1
        while True:
            options = SearchOptions(limit=wanted)
            hits = collection.search(ById(photo.id), options).hits
            shown = self._context.tables.photos.shown(
                [hit.id for hit in hits if hit.id != photo.id]
            )
            found = [
                SimilarPhoto(shown[hit.id], hit.distance)
                for hit in hits
                if hit.id in shown and (group is None or shown[hit.id].group == group.id)
            ]
            if len(found) >= limit or len(hits) < wanted:
                return found[:limit]
            # Some were deleted with their groups, or are of others: look further.
            wanted *= 4

    def duplicates(self, group: Group, *, radius: float | None = None) -> list[list[Photo]]:
        """Sets of photos of a group that are the same, each by age; the oldest set first.

        :param radius: the distance up to which two may be; None for the configured one.
        :raises InvalidInput: a negative radius.
        """
        if radius is not None and not radius >= 0:
            raise InvalidInput("expected 0 or more", path="radius")
        collection = self._context.collection(group.owner)
        known, _, _ = self._known(group, collection)
        numbers = {photo.id: number for number, photo in enumerate(known)}
        joined = Clusters()
        for pair in _all_pairs(collection, group, radius):
            same = pair.kind in (DuplicateKind.EXACT, DuplicateKind.NEAR)
            if same and pair.first in numbers and pair.second in numbers:
                joined.join(numbers[pair.first], numbers[pair.second])
        sets = [
            sorted((known[member] for member in members), key=_age) for members in joined.groups()
        ]
        return sorted(sets, key=lambda photos: _age(photos[0]))

    def group_automatically(
        self, group: Group, constraints: GroupingConstraints, *, grouper: str = "balanced"
    ) -> PhotoGroups:
        """Split a group's photos into smaller groups; nothing is changed.

        :param grouper: an instance in ``[groupers]``: ``balanced`` goes by what photos show, ``sequence`` and ``time`` keep the
            order in which photos were taken.
        :raises NotFound: no such grouper.
        :raises InvalidInput: no photo of the group is ready for it.
        """
        chosen = self._components.grouper(grouper)
        photos, vectors, left_out = self._known(group, self._context.collection(group.owner))
        if not photos:
            raise InvalidInput("no photo of the group is ready for it", path="group")
        images = GroupingInput(vectors, self._times(group, photos))
        notes = notes_on_times(images) if chosen.uses_times else ()
        return _named(split(images, constraints, chosen), photos, left_out, notes)

    def _times(self, group: Group, photos: Sequence[Photo]) -> NDArray[np.float64] | None:
        """When photos were taken; those whose cameras do not say in which zone go by those that do."""
        timezone = time_zone(self._context.tables.owners.get(group.owner).timezone)
        clocks = [_clock(photo, timezone) for photo in photos]
        return common_times(clocks, [photo.captured_offset for photo in photos])

    def _known(
        self, group: Group, collection: Collection
    ) -> tuple[list[Photo], Vectors, list[Photo]]:
        """A group's photos with their vectors, and those without one, which are embedded soon."""
        photos = self._groups.photos(group)
        found, vectors = collection.vectors([photo.id for photo in photos])
        by_id = {photo.id: photo for photo in photos}
        known = [by_id.pop(photo_id) for photo_id in found]
        for photo in by_id.values():
            self._processing.begin(photo)
        return known, vectors, list(by_id.values())


def _all_pairs(collection: Collection, group: Group, radius: float | None) -> Iterator[Pair]:
    found = 0
    while True:
        page = collection.near_duplicate_pairs(
            radius=radius, filter={"group": group.id}, offset=found, limit=_PAIRS_AT_ONCE
        )
        yield from page.pairs
        found += len(page.pairs)
        if not page.pairs or found >= page.total:
            return


def _named(
    found: Split, photos: Sequence[Photo], left_out: Sequence[Photo], notes: Sequence[str]
) -> PhotoGroups:
    return PhotoGroups(
        groups=[[photos[member] for member in members] for members in found.groups],
        covers=[photos[cover] for cover in found.covers],
        adjusted=found.sizes.adjusted,
        left_out=left_out,
        notes=tuple(notes),
    )


def _clock(photo: Photo, timezone: ZoneInfo) -> float | None:
    """What the camera's clock showed, as if it had been set to UTC."""
    if photo.captured is None:
        return None
    if photo.captured_offset is not None:
        return photo.captured + photo.captured_offset
    shown = datetime.fromtimestamp(photo.captured, timezone)
    return shown.replace(tzinfo=UTC).timestamp()


def _age(photo: Photo) -> tuple[float, str]:
    return photo.uploaded or 0.0, photo.id

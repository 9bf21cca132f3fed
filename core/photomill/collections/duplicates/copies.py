"""Near-duplicates: telling kinds apart, and what the vectors do not find."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from attrs import evolve, frozen

from photomill.collections.contents import View
from photomill.collections.duplicates.hashes import HASH_BITS, HashIndex, bits_apart
from photomill.collections.model import DuplicateKind, Hit
from photomill.collections.ranking import Mask
from photomill.collections.store.appearances import Appearance, AppearanceTable
from photomill.collections.store.records import RecordTable
from photomill.collections.target import Target
from photomill.collections.texts.comparison import say_otherwise
from photomill.images.comparison import Agreement, compare
from photomill.images.perceptual_hash import hamming
from photomill.images.signature import Signature, unpacked_signature
from photomill.images.turns import TURNS, turned

SAME_IMAGE_BITS = 8
"""Hashes that differ in at most this many bits show one image, where nothing better is known."""
WIDER = 4.0
"""How many times the radius a copy may be away whose hash agrees."""

_KEPT_UNPACKED = 64


def kind_of(one: Appearance, other: Appearance, *, strict: bool = False) -> DuplicateKind:
    """How alike two images are.

    Images that were inserted before signatures were kept are told by their hashes alone. Documents that say different
    things are no copies of each other, however alike they look.

    :param strict: tell smaller differences in colour apart, as goods in several colours ask for.
    """
    if one.digest and one.digest == other.digest:
        return DuplicateKind.EXACT
    if say_otherwise(one.text, other.text):
        return DuplicateKind.SIMILAR
    if not one.signature or not other.signature:
        return _kind_by_hash(one, other)
    if one.signature == other.signature:
        return DuplicateKind.NEAR
    first, second = _unpacked(one.signature), _unpacked(other.signature)
    if first is None or second is None:
        return _kind_by_hash(one, other)
    agreement = compare(first, second, strict=strict)
    if agreement is Agreement.SAME:
        return DuplicateKind.NEAR
    if agreement is Agreement.ALTERED:
        return DuplicateKind.ALTERED
    apart = bits_apart(one.hashes[1:], other.hashes[0])
    for place in np.argsort(apart, kind="stable").tolist():
        if apart[place] > HASH_BITS:
            break
        turn = TURNS[1:][place]
        if compare(turned(first, turn), second, strict=strict) is not Agreement.NONE:
            return DuplicateKind.MIRRORED if turn.mirrored else DuplicateKind.TURNED
    return DuplicateKind.SIMILAR


def _kind_by_hash(one: Appearance, other: Appearance) -> DuplicateKind:
    if one.perceptual_hash is None or other.perceptual_hash is None:
        return DuplicateKind.SIMILAR
    apart = hamming(one.perceptual_hash, other.perceptual_hash)
    return DuplicateKind.NEAR if apart <= SAME_IMAGE_BITS else DuplicateKind.SIMILAR


@lru_cache(maxsize=_KEPT_UNPACKED)
def _unpacked(signature: bytes) -> Signature | None:
    """What a signature says; None for one that is damaged, or of another version."""
    try:
        return unpacked_signature(signature)
    except ValueError:
        return None


@frozen(eq=False)
class Copies:
    """Finds copies of one image among a collection's records.

    :ivar radius: in users' distance, as below: what is nearer counts as similar at least.
    """

    view: View
    table: RecordTable
    hashes: HashIndex
    image: Appearance
    target: Target
    radius: float
    strict: bool = False

    def labelled(self, hits: Sequence[Hit]) -> list[Hit]:
        """Say of each hit how alike it is."""
        known = self.table.appearances.of([hit.id for hit in hits])
        return [evolve(hit, kind=self._kind(known.get(hit.id))) for hit in hits]

    def beyond(self, mask: Mask | None = None) -> list[Hit]:
        """Copies outside the radius: those whose hash agrees within a wider one, and that the comparison confirms.

        :returns: by ascending (distance, id).
        """
        if not len(self.image.hashes):
            return []
        rows = self.hashes.near(self.view, self.table, self.image.hashes)
        if mask is not None:
            rows = rows[mask[rows]]
        distances = self.target.distances(self.view.vectors.gather(rows))
        outside = (distances > self.radius) & (distances <= WIDER * self.radius)
        hits = [
            Hit(record_id, float(distance))
            for record_id, distance in zip(
                self.view.ids_of(rows[outside].tolist()), distances[outside], strict=True
            )
        ]
        found = [hit for hit in self.labelled(hits) if hit.kind is not DuplicateKind.SIMILAR]
        return sorted(found, key=lambda hit: (hit.distance, hit.id))

    def _kind(self, other: Appearance | None) -> DuplicateKind:
        if other is None:
            return DuplicateKind.SIMILAR
        return kind_of(self.image, other, strict=self.strict)


def sharpness_of(appearances: AppearanceTable, ids: Sequence[str]) -> dict[str, float]:
    """How sharp records' images are at 320 pixels, by id; without those unknown."""
    unpacked = {
        record_id: _unpacked(known.signature) for record_id, known in appearances.of(ids).items()
    }
    return {record_id: known.sharpness for record_id, known in unpacked.items() if known}

"""What goes into a collection and what comes out."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from photomill.errors import PhotomillError
from photomill.images.image import Image
from photomill.images.thumbnail import MEDIA_TYPE
from photomill.sources import Source

Attributes = Mapping[str, Any]


@frozen
class CollectionInfo:
    """A collection.

    :ivar id: a UUID, for ever.
    :ivar embedder: the embedder's instance name.
    :ivar fingerprint: of the embedder that made the vectors.
    :ivar index: instance in ``[indexes]`` or ``auto``.
    :ivar product_field: default for grouped results; empty for none.
    :ivar max_records: 0 for no limit.
    :ivar created: seconds since the epoch.
    :ivar thumbnails: whether thumbnails are made of what is inserted.
    :ivar texts: whether the text in images that are inserted is read.
    :ivar people: whether people are looked for in what is inserted.
    """

    id: str
    name: str
    embedder: str
    fingerprint: str
    dimension: int
    index: str = "auto"
    product_field: str = ""
    max_records: int = 0
    created: float = 0.0
    thumbnails: bool = False
    texts: bool = False
    people: bool = False


@frozen
class CollectionStatistics:
    """A collection's size and the state of its index in this process.

    :ivar records: live records.
    :ivar index: the index component in use.
    :ivar indexed: rows that the index holds.
    :ivar pending: rows that are scanned exactly until the next rebuild.
    :ivar deleted: rows masked out until the next rebuild.
    """

    records: int
    index: str
    indexed: int
    pending: int
    deleted: int


@frozen
class NewRecord:
    """A record to insert: an id, attributes, and where its image is (or its vector, for imports).

    :ivar image: the image, where it is decoded already: as ``Collection.decode`` returns it.
    :ivar describe: makes further attributes of the file's bytes; those given go before them.
    """

    id: str
    source: Source | None = None
    attributes: Attributes = field(factory=dict)
    vector: NDArray[np.float32] | None = field(default=None, eq=False, repr=False)
    image: Image | None = field(default=None, eq=False, repr=False)
    describe: Callable[[bytes], Attributes] | None = field(default=None, eq=False, repr=False)


@frozen
class Record:
    """A stored record.

    :ivar attributes: every stored attribute, ``tags`` included, ``_id`` not.
    :ivar number: grows in the order of insertion.
    :ivar concepts: what the embedder is sure that its image shows, and what kinds of things that is; a filter sees it
        as the attribute ``concepts``.
    :ivar colours: that stand out in its image, the largest first; a filter sees it as the attribute ``colours``.
    :ivar kind: what its image is a picture of: ``photo``, ``screenshot`` or ``document``; a filter sees it as the attribute
        ``kind``. Empty where the text in it was not read.
    :ivar text: what is written in its image, row by row.
    :ivar people: the names of those on it that have one, in alphabetical order; a filter sees it as the attribute
        ``people``.
    """

    id: str
    attributes: Attributes
    width: int = 0
    height: int = 0
    format: str = ""
    bytes: int = 0
    number: int = 0
    concepts: Sequence[str] = ()
    colours: Sequence[str] = ()
    kind: str = ""
    text: str = field(default="", repr=False)
    people: Sequence[str] = ()


@frozen
class Person:
    """Somebody whose face is on records of a collection.

    :ivar number: for ever; never used twice.
    :ivar name: empty until somebody gives one.
    :ivar faces: how many are taken for this person's.
    :ivar records: on how many records they are.
    :ivar cover: the number of the largest of the faces; None where there is none any more.
    """

    number: int
    name: str = ""
    faces: int = 0
    records: int = 0
    cover: int | None = None


@frozen
class Face:
    """A face on a record.

    :ivar number: for ever; never used twice.
    :ivar person: the number of whose it is taken for.
    :ivar left: of its box, as a share of the image's width, 0 to 1; ``width`` likewise.
    :ivar top: as a share of its height; ``height`` likewise.
    :ivar confidence: that it is a face, 0 to 1.
    """

    number: int
    record_id: str
    person: int
    left: float
    top: float
    width: float
    height: float
    confidence: float


@define
class PeopleReport:
    """What looking for people came to.

    :ivar looked: records whose images were looked at.
    :ivar faces: that were found.
    :ivar unreadable: ids of records whose originals cannot be read, and why.
    :ivar stopped: whether it was broken off; run again, it goes on.
    """

    looked: int = 0
    faces: int = 0
    unreadable: list[tuple[str, str]] = field(factory=list)
    stopped: bool = False


@frozen
class Thumbnail:
    """A record's image in small: WebP, 320 pixels on the longer side, upright, sRGB.

    :ivar etag: changes whenever ``data`` does.
    :ivar width: of the original, upright, in pixels.
    :ivar height: likewise.
    """

    data: bytes = field(repr=False)
    etag: str
    width: int
    height: int
    media_type: str = MEDIA_TYPE


@frozen
class ThumbnailInfo:
    """What is known of a record's thumbnail without opening it.

    :ivar width: of the original, upright, in pixels; 0 where the record was inserted without an image.
    :ivar height: likewise.
    :ivar etag: of the thumbnail; empty where there is none now.
    """

    width: int
    height: int
    etag: str


@frozen
class ThumbnailUsage:
    """
    :ivar count: thumbnails of a collection.
    :ivar bytes: of all of them.
    """

    count: int
    bytes: int


@define
class ThumbnailReport:
    """What making missing thumbnails has done so far.

    :ivar made: thumbnails.
    :ivar unreadable: records whose original cannot be read, or is another image by now: id and reason.
    :ivar stopped: whether it ended before all were looked at.
    """

    made: int = 0
    unreadable: list[tuple[str, str]] = field(factory=list)
    stopped: bool = False


class DuplicateKind(Enum):
    """How alike two near-duplicates are, the most alike first."""

    EXACT = "exact"
    """The same pixels, at the same depth, with the same alpha, frames and profile."""
    NEAR = "near"
    """The same image, saved again: encoded anew, resized, cropped or lit a little differently."""
    ALTERED = "altered"
    """The same image in grey or in one tone, or with something laid over a part of it."""
    TURNED = "turned"
    """The same image, turned by quarters."""
    MIRRORED = "mirrored"
    """The same image, mirrored, and perhaps turned."""
    SIMILAR = "similar"
    """Within the radius only."""

    @property
    def broad(self) -> "DuplicateKind":
        """Exact, near or similar: altered, turned and mirrored copies count as near."""
        return self if self in (DuplicateKind.EXACT, DuplicateKind.SIMILAR) else DuplicateKind.NEAR

    def at_least(self, other: "DuplicateKind") -> bool:
        """Whether two images of this kind are as alike as those of another kind, or more."""
        kinds = list(DuplicateKind)
        return kinds.index(self) <= kinds.index(other)


@frozen
class Hit:
    """A record found, and how far away it is.

    :ivar group_size: how many records of the result share the product, when results are grouped.
    :ivar kind: set by near-duplicate searches and by inserts that refuse near-duplicates.
    """

    id: str
    distance: float
    group_size: int | None = None
    kind: DuplicateKind | None = None


@frozen
class Pair:
    """Two near-duplicates, ``first < second``."""

    first: str
    second: str
    distance: float
    kind: DuplicateKind


@frozen
class PairsPage:
    """One page of a collection's near-duplicate pairs, by ascending distance.

    :ivar total: pairs on all pages.
    :ivar clusters: connected components of all pairs, where asked for, largest first.
    :ivar uncompared: pairs outside the radius whose hashes agree, but that were too many to compare in detail.
    :ivar approximate: whether only the neighbours that searches find were looked at, and no copies outside the radius.
    :ivar newer: records that were inserted since the job that compared all, and are in no pair; 0 where rows are in memory.
    """

    pairs: Sequence[Pair]
    total: int
    clusters: Sequence[Sequence[str]] | None = None
    uncompared: int = 0
    approximate: bool = False
    newer: int = 0


class Advantage(Enum):
    """In what a record is better than its near-duplicate, the weightiest first."""

    SHARPER = "sharper"
    """The other one was enlarged, or blurred."""
    LARGER = "larger"
    """More pixels."""
    FORMAT = "format"
    """A format without loss, or of more than 256 colours."""
    BYTES = "bytes"
    """More bytes: compressed less, or with more metadata."""
    OLDER = "older"
    """The file was changed earlier."""
    EARLIER = "earlier"
    """Inserted earlier."""


@frozen
class DuplicateCluster:
    """A record to keep and what it makes superfluous, or a pair.

    :ivar records: by falling worth.
    :ivar keep: the one to keep, which each other one is like; None where all are superfluous beside a better one.
    :ivar kind: of the least alike.
    :ivar distance: the largest.
    :ivar kinds: how each other one is like the one to keep, by id.
    :ivar reasons: what the one to keep has over each other one, by id.
    """

    records: Sequence[Record]
    keep: Record | None
    kind: DuplicateKind
    distance: float
    kinds: Mapping[str, DuplicateKind] = field(factory=dict)
    reasons: Mapping[str, Sequence[Advantage]] = field(factory=dict)

    @property
    def superfluous(self) -> Sequence[Record]:
        """All but the one to keep."""
        return [record for record in self.records if record is not self.keep]


@frozen
class ClustersPage:
    """One page of a collection's clusters of near-duplicates.

    :ivar total: clusters on all pages.
    :ivar counts: how many clusters there are whose least alike pair is exact, near or similar.
    :ivar pairs: how many pairs there are, of which the nearest are looked at.
    :ivar looked_at: how many those are.
    :ivar uncompared: see :class:`PairsPage`.
    :ivar reviewed: pairs left out, as somebody looked at them and keeps both.
    :ivar approximate: see :class:`PairsPage`.
    :ivar newer: likewise.
    """

    clusters: Sequence[DuplicateCluster]
    total: int
    counts: Mapping[DuplicateKind, int]
    pairs: int = 0
    looked_at: int = 0
    uncompared: int = 0
    reviewed: int = 0
    approximate: bool = False
    newer: int = 0


@frozen
class DroppedRecord:
    """A record that is out of its collection, and can be restored.

    :ivar dropped: when, in seconds since the epoch.
    :ivar digest: of its image, see ``Collection.digests``; empty where unknown.
    """

    record: Record
    dropped: float
    digest: bytes = field(default=b"", repr=False)


@frozen
class SearchResult:
    """The hits of a search and how they were found.

    :ivar total: hits before ``offset`` and ``limit``, where the plan knows it.
    :ivar plan: what ran: ``scan``, ``gather``, ``codes``, ``index``, ``index+filter``, ``index+overfetch`` …
    :ivar scanned: vectors measured in float32; of a search by words the records looked at.
    :ivar channels: of a search by words, what answered it: ``concepts``, ``colours``, ``attributes``, ``people``, ``tags``, ``text``,
        ``sentences``.
    :ivar notes: which words nothing answered, which model compared sentences, and why nothing was found.
    :ivar certified: whether it is certain that nothing nearer was overlooked: all was compared, or proven to be farther.
    """

    hits: Sequence[Hit]
    plan: str = ""
    scanned: int = 0
    total: int | None = None
    channels: Sequence[str] = ()
    notes: Sequence[str] = ()
    certified: bool = False


@frozen
class Skipped:
    """A record that was not processed, and why.

    :ivar error: None where it is a duplicate.
    :ivar duplicate_of: the near-duplicates in the way, nearest first; empty for a plain duplicate of the id.
    """

    id: str | None
    error: PhotomillError | None = None
    duplicate_of: Sequence[Hit] = ()

    @property
    def is_duplicate(self) -> bool:
        return self.error is None


@frozen
class InsertReport:
    """What an insert did, in the order of the request.

    :ivar notes: what is otherwise than one might expect of images that were inserted, by the record's id.
    """

    inserted: Sequence[str]
    skipped: Sequence[Skipped]
    notes: Mapping[str, Sequence[str]] = field(factory=dict)


@frozen
class ById:
    """Query by a stored record."""

    id: str


@frozen
class ByImage:
    """Query by an image."""

    source: Source


@frozen
class ByText:
    """Query by a text: by the embedder where it understands text, and else by words.

    Words find concepts, colours, tags and other attributes of records; see ``docs/words.md``. Distances are then 0 to 100:
    0 where a record answers all, and 100 where it answers nothing.
    """

    text: str


@frozen(eq=False)
class ByVector:
    """Query by a unit vector: float32 (dimension,)."""

    vector: NDArray[np.float32] = field(repr=False)


Query = ById | ByImage | ByText | ByVector


class Aggregate(Enum):
    """How the distances to several queries become one."""

    MIN = "min"
    MEAN = "mean"
    CENTROID = "centroid"


@frozen
class TagBlend:
    """Blend visual distance with the dissimilarity of tags.

    d = (1 - weight)·visual + weight·100·(1 - Jaccard); tags are alike whatever their case and composition; no tags on either side count 0, on one
    side only 1.

    :ivar tags: the query's tags.
    :ivar weight: 0 … 1.
    """

    tags: Sequence[str]
    weight: float = 0.3


class RankBy(Enum):
    """What makes records near to a query."""

    VISUAL = "visual"
    """How images look: what copies have in common."""
    MEANING = "meaning"
    """How images look, and half as much what they show, as far as the embedder knows it by name. Distances are larger."""


@frozen
class SearchOptions:
    """What a search may ask for beyond its query.

    :ivar limit: hits to return; None for all (only with a radius).
    :ivar offset: hits to leave out first.
    :ivar filter: an expression of the configured filter language; None for none.
    :ivar radius: hits at most this far away, inclusive.
    :ivar product_field: one hit, the best, per value of this (dotted) attribute.
    :ivar tags: blend in the similarity of tags.
    :ivar exact: overlook nothing: measure everything, or prove of the rest that it is farther.
    :ivar effort: how hard the index looks; None for its default.
    :ivar ranking: by looks, or by meaning too; then every record is measured. Where the embedder knows nothing by name, or
        nothing of the query, looks alone decide, and ``SearchResult.notes`` says so.
    :ivar diversity: 0 … 1: maximal marginal relevance among the nearest.
    """

    limit: int | None = 30
    offset: int = 0
    filter: Any = None
    radius: float | None = None
    product_field: str = ""
    tags: TagBlend | None = None
    exact: bool = False
    effort: int | None = None
    diversity: float = 0.0
    ranking: RankBy = RankBy.VISUAL

    @property
    def reads_attributes(self) -> bool:
        """Whether the answer depends on anything but vectors."""
        return bool(self.filter or self.product_field or self.tags is not None)

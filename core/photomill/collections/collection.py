"""One collection: everything that can be asked of it and done to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import define, evolve

from photomill.collections.backend import Backend
from photomill.collections.candidates import Candidate, RankReport, rank
from photomill.collections.duplicates.check import Refused
from photomill.collections.duplicates.copies import sharpness_of
from photomill.collections.duplicates.near_duplicates import NearDuplicates
from photomill.collections.ingest import Ingest
from photomill.collections.listing import Listing
from photomill.collections.model import (
    Aggregate,
    Attributes,
    ClustersPage,
    CollectionInfo,
    CollectionStatistics,
    DroppedRecord,
    DuplicateKind,
    InsertReport,
    NewRecord,
    PairsPage,
    Query,
    Record,
    SearchOptions,
    SearchResult,
    Thumbnail,
    ThumbnailInfo,
    ThumbnailReport,
    ThumbnailUsage,
)
from photomill.collections.originals import read_original
from photomill.collections.people.people import People
from photomill.collections.store.dropped import DroppedTable
from photomill.collections.store.folders import FolderTable
from photomill.collections.store.records import RecordTable
from photomill.collections.texts.texts import Texts, TextsReport
from photomill.collections.thumbnails.thumbnails import Thumbnails
from photomill.collections.validation import check_page, check_radius
from photomill.collections.words.filling import Filling
from photomill.collections.writing import Writer
from photomill.components.embedder import Vectors
from photomill.errors import InvalidInput, NotFound, PhotomillError
from photomill.images.image import Image


def backend_of(collection: "Collection") -> Backend:
    """What holds a collection's vectors: for jobs that compare them."""
    return collection._backend


def near_of(collection: "Collection") -> NearDuplicates:
    """What finds a collection's near-duplicates: for the same."""
    return collection._near


@define(eq=False, repr=False)
class Collection:
    """One collection. Thread-safe; every call sees what any process had committed when it began.

    ``texts`` tells what was read of the text in its images.
    ``people`` tells of those on its records, where it was made or told to look for them.

    Each call answers from one moment: a filter is tested on just the attributes that come with the answer. Calls whose
    answers belong together are made on what :meth:`pinned` yields.
    """

    info: CollectionInfo
    _table: RecordTable
    _backend: Backend
    _ingest: Ingest
    _writer: Writer
    _filling: Filling
    _near: NearDuplicates
    _dropped: DroppedTable
    _folders: FolderTable
    _thumbnails: Thumbnails
    texts: Texts
    people: People

    @property
    def outdated(self) -> bool:
        """Whether it was seen that the collection was converted to another version of its embedder, and must be opened anew."""
        return self._table.outdated

    @property
    def near_radius(self) -> float:
        """The distance within which records are near-duplicates, unless a call says otherwise."""
        return self._near.radius

    @contextmanager
    def pinned(self) -> Iterator["Collection"]:
        """The collection as of one moment, for one thread: everything that is read from what this yields agrees.

        The moment is the first look at stored records, after any image to search by was fetched. Changes go to the
        collection itself, and are not seen here.
        """
        with self._backend.pinned() as backend:
            yield evolve(self, backend=backend, table=backend.table)

    # ------------------------------------------------------------ records

    def insert(
        self,
        records: Sequence[NewRecord],
        *,
        near_radius: float | None = None,
        near_kind: DuplicateKind = DuplicateKind.SIMILAR,
        strict: bool = False,
    ) -> InsertReport:
        """Insert records. What the report calls inserted is on disk; a bad record fails alone.

        :param near_radius: refuse near-duplicates within this distance, of earlier records of the call too, and copies
            somewhat further away; None refuses none.
        :param near_kind: how alike two records must be at least for the later one to be refused.
        :param strict: tell smaller differences in colour apart, as goods in several colours ask for.
        :raises CapacityExceeded: the disk is full; nothing was inserted.
        :raises ResourcesMissing: the embedder's graphics card has no memory left; nothing was inserted.
        """
        check_radius(near_radius)
        refused = None if near_radius is None else Refused(near_radius, near_kind, strict)
        return self._writer.insert(records, refused)

    def decode(self, data: bytes, *, to_insert: bool = True) -> Image:
        """Decode an image as its record will need it: shrunk on load, where that is enough.

        :param to_insert: with what its record keeps beside the vector; False for an image that is only looked at.
        :raises ImageError: it is no image that is taken.
        """
        thumbnail = to_insert and self._table.thumbnails.wanted()
        return self._ingest.decode(data, thumbnail=thumbnail, descriptors=to_insert)

    def get(self, ids: Sequence[str]) -> list[Record | None]:
        """Records in the order of ``ids``; None for those that are not there."""
        found = self._table.descriptions.get(ids)
        return [found.get(record_id) for record_id in ids]

    def has(self, record_id: str) -> bool:
        """Whether there is a record of this id."""
        return self._backend.has(record_id)

    def vectors(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """The vectors of those of these records that are there: their ids, and float32 (n, dimension) of unit rows."""
        return self._backend.vectors(ids)

    @property
    def in_memory(self) -> bool:
        """Whether every record is in this process's memory; what compares with all of them is offered only then."""
        return self._backend.in_memory

    @property
    def distance_scale(self) -> float:
        """What Euclidean distances of unit vectors are multiplied by for users."""
        return self._backend.scale

    def update(
        self,
        changes: Sequence[tuple[str, Attributes]],
        *,
        unset: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Record | None]:
        """Merge attributes into records; returns them whole, None for those that are not there.

        :param unset: names of attributes to take away, by record id.
        :raises InvalidInput: a bad attribute; nothing is changed.
        """
        return self._writer.update(changes, unset or {})

    def delete(self, ids: Sequence[str]) -> list[bool]:
        """Remove records, for good and at once; tells of each whether it was there."""
        return self._writer.delete(ids)

    def drop(self, ids: Sequence[str]) -> list[bool]:
        """Take records out of the collection until they are restored, or the list of dropped ones is emptied.

        They are in no search and no count any more. Files are left alone.

        :returns: of each whether it was there.
        """
        return self._writer.drop(ids)

    def restore(self, ids: Sequence[str]) -> InsertReport:
        """Put dropped records back exactly as they were; of one id the last that was dropped.

        Not restored is what was not dropped, whose id belongs to another record now, or for which there is no room.
        """
        return self._writer.restore(ids)

    def dropped(self, *, offset: int = 0, limit: int | None = None) -> list[DroppedRecord]:
        """Dropped records, the last dropped first."""
        check_page(offset, limit)
        return self._dropped.page(offset, limit)

    def get_dropped(self, ids: Sequence[str]) -> list[DroppedRecord | None]:
        """The last dropped record of each of these ids; None where none was dropped."""
        found = self._dropped.find(ids)
        return [found.get(record_id) for record_id in ids]

    def count_dropped(self) -> int:
        return self._dropped.count()

    def empty_dropped(self, ids: Sequence[str] | None = None) -> int:
        """Remove dropped records for good, those of some ids or all; tells how many."""
        return self._writer.empty_dropped(ids)

    def pop(self, ids: Sequence[str]) -> list[Record | None]:
        """Remove records, and return each as it was; None for those that are not there."""
        gone = {record.id: record for record in self._writer.delete_where(ids, None)}
        return [gone.pop(record_id, None) for record_id in ids]

    def delete_where(self, filter: Any) -> list[str]:
        """Remove every record that a filter lets through; returns their ids.

        Each is tested once more in the transaction that removes it: what changed meanwhile, and is let through no
        longer, stays.
        """
        return [record.id for records in self.delete_matching(filter) for record in records]

    def delete_matching(self, filter: Any) -> Iterator[list[Record]]:
        """Remove like :meth:`delete_where`; yields what was removed, some at a time, once it is gone."""
        predicate = self._backend.predicate(filter)
        ids = self.ids(filter)
        for start in range(0, len(ids), 1000):
            yield self._writer.delete_where(ids[start : start + 1000], predicate)

    def count(self, filter: Any = None) -> int:
        if not filter:
            return self._backend.count(None)
        with self._backend.pinned() as backend:
            return backend.count(filter)

    def inserted_after(self, number: int) -> tuple[int, int]:
        """How many records were inserted after that of a :attr:`Record.number` and are there, and the last one's number.

        :returns: where there are none, 0 and the number given. 0 comes before all.
        """
        return self._backend.inserted_after(number)

    def ids(self, filter: Any = None, *, offset: int = 0, limit: int | None = None) -> list[str]:
        """Ids in the order of insertion."""
        check_page(offset, limit)
        with self._backend.pinned() as backend:
            return backend.ids(filter, offset, limit)

    def find(self, filter: Any = None, *, offset: int = 0, limit: int | None = 10) -> list[Record]:
        """Records that a filter lets through, in the order of insertion."""
        with self.pinned() as here:
            found = here.get(here.ids(filter, offset=offset, limit=limit))
            return [record for record in found if record is not None]

    def listing(self, filter: Any = None, *, order: str = "", descending: bool = False) -> Listing:
        """Ids and sizes of all records that a filter lets through, in an order.

        :param order: empty for the order of insertion; ``_id``, with the numbers in it as numbers; or a dotted attribute:
            numbers before texts, and records without it at the end.
        """
        with self._backend.pinned() as backend:
            return backend.listing(filter, order, descending=descending)

    def listed(self, ids: Sequence[str]) -> Listing:
        """Those of these records that are there, in this order, with their sizes."""
        with self._backend.pinned() as backend:
            return backend.listed(ids)

    def original(self, record_id: str) -> bytes:
        """The file that a record was made from: its ``_file``, or what is at its ``_url``.

        Whoever writes records chooses these, so nothing is given away but the very image that was inserted.

        :raises NotFound: there is no such record, or its original is not there any more, or another by now.
        """
        return self.original_image(record_id)[0]

    def original_image(self, record_id: str) -> tuple[bytes, Image]:
        """As :meth:`original`, with the image that it was decoded to, which tells that it is the one that was inserted.

        :raises NotFound: as :meth:`original`.
        """
        record = self.get([record_id])[0]
        if record is None:
            raise NotFound(f"no record {record_id!r}")
        digest = self.digests([record_id]).get(record_id)
        if digest is None:
            raise NotFound(f"the record {record_id!r} was made without an image")
        try:
            return read_original(
                self._ingest, record.attributes, digest, self._ingest.decode, trusted=True
            )
        except NotFound as error:
            raise NotFound(f"the record {record_id!r}: {error}") from error
        except PhotomillError as error:
            raise NotFound(f"the original of {record_id!r} cannot be read") from error

    def iterate(self, filter: Any = None, *, batch: int = 1000) -> Iterator[Record]:
        """Every record that a filter lets through, as of now, in bounded memory."""
        with self.pinned() as here:
            ids = here.ids(filter)
            for start in range(0, len(ids), batch):
                found = here.get(ids[start : start + batch])
                yield from (record for record in found if record is not None)

    def sample(self, count: int, filter: Any = None, *, seed: int | None = None) -> list[Record]:
        """Random records, none twice; all of them where there are fewer than ``count``."""
        if count < 0:
            raise InvalidInput(f"expected 0 or more, got {count}", path="count")
        with self.pinned() as here:
            chosen = here._backend.sample(count, filter, seed)
            return [record for record in here.get(chosen) if record is not None]

    def facet(self, field: str, filter: Any = None) -> list[tuple[Any, int]]:
        """Each value of an attribute (elements, where it is an array) and in how many records, commonest first."""
        with self._backend.pinned() as backend:
            return backend.facet(field, filter)

    # ------------------------------------------------------------ thumbnails

    def thumbnail(self, record_id: str) -> Thumbnail:
        """The thumbnail of a record, or of the last that was dropped of this id.

        Where there is none, or its file is lost, it is made again from the record's ``_file`` below the source roots, or
        from its ``_url``.

        :raises NotFound: no such record, or no thumbnail and no original that can be read.
        :raises StorageError: the storage of thumbnails fails.
        """
        return self._thumbnails.get(record_id)

    def thumbnail_infos(self, ids: Sequence[str]) -> dict[str, ThumbnailInfo]:
        """The sizes of the originals of records, dropped ones too, and the tags of their thumbnails, by id.

        No file is opened. Ids of no record are left out.
        """
        return self._thumbnails.infos(ids)

    def make_thumbnails(
        self,
        *,
        trusted: bool = False,
        progress: Callable[[ThumbnailReport], None] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ThumbnailReport:
        """Make the thumbnails that are missing, from originals that can be read.

        What was made stays made, so it can be broken off and run again.

        :param trusted: read a record's ``_file`` outside the source roots too, and objects of storages. Whoever may write
            records chooses them: thumbnails are made only where they are the very image that was inserted.
        :param progress: told now and then; the report goes on changing.
        :param stop: asked now and then; True ends it.
        """
        return self._thumbnails.make_missing(trusted=trusted, progress=progress, stop=stop)

    def thumbnail_usage(self) -> ThumbnailUsage:
        """How many thumbnails there are, and their bytes."""
        return self._thumbnails.usage()

    # ------------------------------------------------------------ searching

    def search(
        self,
        query: Query | Sequence[Query],
        options: SearchOptions | None = None,
        *,
        aggregate: Aggregate = Aggregate.MIN,
    ) -> SearchResult:
        """Find the records most like a query, or like several.

        Of several queries, those that cannot be resolved are dropped as long as one can.

        :raises NotFound: the record to search by is not there.
        :raises SourceError: the image to search by cannot be had.
        :raises ImageError: it cannot be decoded.
        :raises InvalidInput: an option is out of its range; InvalidFilter for the filter.
        """
        queries = query if isinstance(query, Sequence) else [query]
        options = options or SearchOptions()
        if not options.reads_attributes:
            return self._backend.search(queries, options, aggregate)
        with self._backend.pinned() as backend:
            return backend.search(queries, options, aggregate)

    def near_duplicates(
        self,
        query: Query,
        *,
        radius: float | None = None,
        filter: Any = None,
        offset: int = 0,
        limit: int | None = None,
        strict: bool = False,
    ) -> SearchResult:
        """Every record within the radius, each with its kind of similarity, and the copies somewhat further away.

        Exact within the radius. Up to four times as far away, records are found whose perceptual hash agrees, upright,
        turned or mirrored, and that a comparison in detail confirms: thumbnails, grey, blurred and watermarked copies.

        :param radius: None for the configured one.
        :param strict: tell smaller differences in colour apart, as goods in several colours ask for.
        """
        with self._backend.pinned() as backend:
            return self._near.of(query, backend, radius, filter, offset, limit, strict=strict)

    def near_duplicate_pairs(
        self,
        *,
        radius: float | None = None,
        filter: Any = None,
        offset: int = 0,
        limit: int = 1000,
        clusters: bool = False,
        strict: bool = False,
    ) -> PairsPage:
        """All pairs of near-duplicates, a page at a time: what :meth:`near_duplicates` finds of any record.

        The pass over all records is kept until the collection changes, so that further pages cost little.

        :param clusters: also join the pairs, of all pages, to clusters.
        :param strict: tell smaller differences in colour apart, as goods in several colours ask for.
        """
        with self._backend.pinned() as backend:
            return self._near.pairs(
                backend, radius, filter, offset, limit, clusters=clusters, strict=strict
            )

    def duplicate_clusters(
        self,
        *,
        kind: DuplicateKind = DuplicateKind.SIMILAR,
        only: bool = False,
        pairs: bool = False,
        radius: float | None = None,
        filter: Any = None,
        strict: bool = False,
        offset: int = 0,
        limit: int = 1000,
    ) -> ClustersPage:
        """Clusters of near-duplicates, a page at a time, each with the record to keep and why.

        The best record is kept and what is like it is superfluous; then the best of the rest, and so on: nothing is
        both. The best is sharp where another was enlarged or blurred; then has the most pixels, the better format, the
        most bytes; its file is older; it was inserted earlier. What somebody reviewed, and keeps all of, is left out.

        :param kind: how alike the records of a pair are at least.
        :param only: just clusters whose least alike pair is as ``kind`` says: exact, near or similar. Altered, turned
            and mirrored copies count as near.
        :param pairs: show each pair, instead of clusters.
        """
        with self._backend.pinned() as backend:
            return self._near.clusters(
                backend,
                kind,
                radius,
                filter,
                offset,
                limit,
                only=only,
                pairs=pairs,
                strict=strict,
            )

    def keep_all(self, ids: Sequence[str]) -> str:
        """Note that near-duplicates were reviewed and all are kept: no two of them are shown as such again.

        :returns: what :meth:`forget_reviews` undoes it by.
        """
        return self._near.reviews.add(list(dict.fromkeys(ids)))

    def forget_reviews(self, review: str | None = None) -> int:
        """Show again what :meth:`keep_all` was told, once or ever; tells how many reviews are forgotten."""
        return self._near.reviews.remove(review)

    def sharpness(self, ids: Sequence[str]) -> dict[str, float]:
        """How sharp records' images are at 320 pixels, to compare copies of one image by; without those unknown."""
        return sharpness_of(self._table.appearances, ids)

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> RankReport:
        """Order exactly these candidates by their distance to the query."""
        return rank(self._backend, self._ingest, query, candidates)

    def digests(self, ids: Sequence[str]) -> dict[str, bytes]:
        """What tells whether records' images changed: as ``Image.digest``; without those unknown."""
        known = self._table.appearances.of(ids)
        return {record_id: each.digest for record_id, each in known.items() if each.digest}

    # ------------------------------------------------------------ upkeep

    def imported_folders(self, *, searched: bool = True) -> list[str]:
        """The folders that were imported; absolute paths.

        :param searched: False for folders that were not imported, but files of theirs that were named themselves.
        """
        return self._folders.paths(searched=searched)

    def add_imported_folder(self, path: str, *, searched: bool = True) -> None:
        """Note that images were imported from a folder: its files may be moved.

        :param searched: whether the folder was searched for them, to any depth; else they were named themselves.
        """
        self._folders.add(path, searched=searched)

    def statistics(self) -> CollectionStatistics:
        """The collection's size, and the state of its index in this process."""
        return self._backend.statistics()

    def add_concepts(
        self,
        *,
        progress: Callable[[int], None] = lambda count: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> int:
        """Find out what records show that were inserted before concepts and colours were kept; returns for how many.

        Vectors and signatures tell it, so no image is read. Each batch is durable before the next one begins: what
        was broken off goes on where it stopped when it is called again.

        :param progress: told after every batch how many records were looked at.
        :param stop: asked before every batch; True ends it.
        """
        return self._filling(progress, stop)

    def read_texts(self, ids: Sequence[str]) -> TextsReport:
        """Read what is written in the images of records that were not read, from their originals.

        What is written there is found by searches, and ``Record.kind`` tells documents, screenshots and photos apart.
        :class:`photomill.Reading` does it for a whole collection, as a job.

        :raises PluginUnavailable: the reader's model was not added.
        """
        return self.texts.read(ids, self.original)

    def settle(self) -> None:
        """Wait until the index holds what the collection holds."""
        self._backend.settle()

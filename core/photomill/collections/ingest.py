"""From a record's source to what the catalog stores: fetch, decode, embed."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from photomill.blocking import check_may_block
from photomill.collections.gathering import Asked, Gathering
from photomill.collections.image_text import ImageText
from photomill.collections.model import NewRecord
from photomill.collections.sight import Sight, pack_classes
from photomill.collections.store.appearances import Appearance
from photomill.collections.store.face_searches import FoundFaces
from photomill.collections.store.records import PreparedRecord
from photomill.collections.store.thumbnails import StoredThumbnail
from photomill.collections.validation import check_attributes, check_id
from photomill.components import Embedder, Sentences, Vocabulary
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import (
    Conflict,
    InvalidInput,
    PhotomillError,
    PluginError,
    Unsupported,
)
from photomill.images.describing import describe
from photomill.images.image import Descriptors, Image
from photomill.images.signature import DETAIL_SIDE
from photomill.parallel import Parallel
from photomill.sources import Source
from photomill.sources.reader import SourceReader

WriteThumbnail = Callable[[bytes], "Future[StoredThumbnail | None]"]
ReadText = Callable[[bytes], ImageText]
FindFaces = Callable[[bytes], FoundFaces]


class Ingest:
    """Prepares records for one embedder. Thread-safe."""

    def __init__(
        self,
        reader: SourceReader,
        decoder: ImageDecoder,
        embedder: Embedder,
        parallel: Parallel,
        write_thumbnail: WriteThumbnail,
        read_text: ReadText,
        find_faces: FindFaces,
    ) -> None:
        """
        :param write_thumbnail: begins to write one to the storage.
        :param read_text: in the bytes of an image; raises ``PluginError`` where it cannot be read.
        :param find_faces: in the bytes of an image; raises ``PluginError`` or ``Conflict`` where nobody can be looked
            for.
        """
        self._reader = reader
        self._decoder = decoder
        self._embedder = embedder
        self._gathering = Gathering(embedder, concepts=True)
        self._parallel = parallel
        self._write_thumbnail = write_thumbnail
        self._read_text = read_text
        self._find_faces = find_faces

    def prepare_all(
        self, records: Sequence[NewRecord], *, thumbnails: bool, texts: bool, people: bool
    ) -> list[PreparedRecord | PhotomillError]:
        """Prepare records side by side; in the place of one that cannot be prepared stands why.

        :param thumbnails: also make thumbnails, and write them to the storage.
        :param texts: also read what is written in the images.
        :param people: also look for faces.
        """
        written: dict[int, Future[StoredThumbnail | None]] = {}
        unwritten: dict[int, bytes] = {}

        def prepare(place: int) -> _Begun:
            begun, image = self._prepare(
                records[place],
                thumbnail=thumbnails,
                text=texts,
                people=people,
                interactive=len(records) == 1,
            )
            if thumbnails and image is not None and image.thumbnail:
                if begun.has_vector:
                    # Nobody waits for the disk while there are more to decode.
                    written[place] = self._write_thumbnail(image.thumbnail)
                else:
                    unwritten[place] = image.thumbnail
            return begun

        begun: list[_Begun | PhotomillError] = [InvalidInput("not reached")] * len(records)
        for place, outcome in self._parallel.run(prepare, range(len(records))):
            begun[place] = outcome
        prepared = [_ended(each) for each in begun]
        for place, made in unwritten.items():
            if isinstance(prepared[place], PreparedRecord):
                written[place] = self._write_thumbnail(made)
        for place, thumbnail in written.items():
            record = prepared[place]
            assert isinstance(record, PreparedRecord)  # it has a thumbnail
            prepared[place] = evolve(record, thumbnail=thumbnail.result())
        return prepared

    def prepare(self, record: NewRecord) -> PreparedRecord:
        """Prepare one record, without a thumbnail, its text and its faces.

        :raises InvalidInput: a bad id or attribute, or neither image nor vector.
        :raises SourceError: the image cannot be had.
        :raises ImageError: it is no image that is taken.
        """
        return self._prepare(record, thumbnail=False, text=False, people=False, interactive=True)[
            0
        ].end()

    def _prepare(
        self, record: NewRecord, *, thumbnail: bool, text: bool, people: bool, interactive: bool
    ) -> "tuple[_Begun, Image | None]":
        check_id(record.id)
        check_attributes(record.attributes)
        vector, sight, asked = np.empty(0, np.float32), Sight(), None
        if record.vector is not None:
            vector = unit_vector(record.vector, self._embedder.dimension)
            sight = Sight(self._classes_of(vector))
            if record.source is None:
                bare = PreparedRecord(record.id, record.attributes, vector, sight=sight)
                return _Begun(bare, None), None
        elif record.source is None:
            raise InvalidInput("expected an image or a vector", path="source")
        data = self._reader.read(record.source)
        image = record.image or self.decode(
            data, thumbnail=thumbnail, descriptors=True, interactive=interactive
        )
        attributes = record.attributes
        if record.describe is not None and (described := record.describe(data)):
            attributes = {**described, **attributes}
            check_attributes(attributes)
        bare = PreparedRecord(record.id, attributes, vector, sight=sight)
        if record.vector is None:
            asked = self._gathering.begin(image)
        prepared = _with_appearance(bare, image, image.descriptors or describe(image), len(data))
        if text:
            prepared = self._with_text(prepared, data)
        if people:
            prepared = self._with_faces(prepared, data)
        return _Begun(prepared, asked), image

    def _with_text(self, record: PreparedRecord, data: bytes) -> PreparedRecord:
        try:
            appearance = evolve(record.appearance, text=self._read_text(data))
        except PluginError as error:
            # The record is worth having, and is read once the reader is there, or does better.
            return evolve(record, notes=(*record.notes, f"its text was not read: {error}"))
        return evolve(record, appearance=appearance)

    def _with_faces(self, record: PreparedRecord, data: bytes) -> PreparedRecord:
        try:
            return evolve(record, faces=self._find_faces(data))
        except (PluginError, Conflict) as error:
            # The record is worth having, and whoever inserts it is told.
            return evolve(record, notes=(*record.notes, f"nobody was looked for: {error}"))

    def read(self, source: Source) -> bytes:
        """Read the bytes of an image.

        :raises SourceError: it cannot be had.
        """
        return self._reader.read(source)

    @property
    def understands_text(self) -> bool:
        """Whether the embedder puts texts into the space of its images."""
        return "text" in self._embedder.modalities

    @property
    def vocabulary(self) -> Vocabulary | None:
        """What the embedder knows by name."""
        return self._embedder.vocabulary

    def sentences(self, text: str) -> Sentences | None:
        """The model of sentences by which a text is compared with what images show; None where none was added."""
        return self._embedder.sentences(text)

    def embed(self, source: Source) -> NDArray[np.float32]:
        """The vector of an image: float32 (dimension,)."""
        return self.embed_with_classes(source)[0]

    def embed_with_classes(self, source: Source) -> tuple[NDArray[np.float32], bytes]:
        """The vector of an image, and its likeliest classes as ``Sight`` has them; empty where nothing is known."""
        check_may_block()
        return self._gathering.embed(self.decode(self._reader.read(source)))

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """The vector of a text.

        :raises Unsupported: the embedder knows images only.
        """
        check_may_block()
        return np.asarray(self._embedder.embed_text([text])[0])

    def _classes_of(self, vector: NDArray[np.float32]) -> bytes:
        """The likeliest classes of an image that only its vector is known of; nothing where that does not tell."""
        if self._embedder.vocabulary is None:
            return b""
        try:
            return pack_classes(self._embedder.concepts_of(vector[None]))[0]
        except Unsupported:
            return b""

    def decode(
        self,
        data: bytes,
        *,
        thumbnail: bool = False,
        descriptors: bool = False,
        interactive: bool = True,
    ) -> Image:
        """Decode an image no smaller than records need.

        :param thumbnail: make its thumbnail too.
        :param descriptors: describe it too.
        :param interactive: somebody waits for this image alone.
        :raises ImageError: it cannot be decoded.
        """
        side = self._embedder.decode_side
        # Smaller images would be signed without their detail.
        side = max(side, DETAIL_SIDE) if side else 0
        return self._decoder.decode(
            data, side=side, thumbnail=thumbnail, descriptors=descriptors, interactive=interactive
        )


@frozen
class _Begun:
    """A record that is ready but for its vector.

    :ivar asked: what its vector will be; None where the record has it.
    """

    record: PreparedRecord
    asked: Asked | None

    @property
    def has_vector(self) -> bool:
        return self.asked is None or self.asked.embedded is not None

    def end(self) -> PreparedRecord:
        if self.asked is None:
            return self.record
        vector, classes = self.asked.result()
        return evolve(self.record, vector=vector, sight=evolve(self.record.sight, classes=classes))


def _ended(begun: _Begun | PhotomillError) -> PreparedRecord | PhotomillError:
    if isinstance(begun, PhotomillError):
        return begun
    try:
        return begun.end()
    except PhotomillError as error:
        return error


def unit_vector(vector: NDArray[np.float32], dimension: int) -> NDArray[np.float32]:
    """Check a vector that a caller brings, and bring it to length 1.

    :raises InvalidInput: another shape, not finite, or of length 0.
    """
    if vector.shape != (dimension,):
        raise InvalidInput(f"expected {dimension} numbers, got shape {vector.shape}", path="vector")
    exact = vector.astype(np.float64)
    length = math.sqrt(exact @ exact)
    if not math.isfinite(length) or length < 1e-12:
        raise InvalidInput("expected finite numbers that are not all 0", path="vector")
    return (vector / length).astype(np.float32)


def _with_appearance(
    record: PreparedRecord, image: Image, descriptors: Descriptors, size: int
) -> PreparedRecord:
    hashes = descriptors.hashes
    return evolve(
        record,
        appearance=Appearance(image.digest, int(hashes[0]), hashes, descriptors.signature),
        sight=evolve(record.sight, colours=descriptors.colours),
        width=image.width,
        height=image.height,
        format=image.format,
        bytes=size,
        notes=image.notes,
    )

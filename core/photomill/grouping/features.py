"""From an image to what is grouped of it."""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.gathering import Gathering
from photomill.components import Embedder
from photomill.config.settings import Settings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import ImageError, SourceForbidden, SourceTooLarge, SourceUnreachable
from photomill.grouping.image_rules import ImageRules, SkipImage, SkipReason
from photomill.grouping.split import COLOUR_WEIGHT, combine
from photomill.grouping.vectors import pack_vector
from photomill.images.formats import check_format
from photomill.images.image import Image
from photomill.plugins import Components
from photomill.sources.reader import SourceReader
from photomill.sources.source import Source


@frozen
class Embedders:
    """What images show, and what colours they have.

    :ivar colours: None where colours do not count apart.
    """

    contents: Embedder
    colours: Embedder | None

    @classmethod
    def of(cls, components: Components, settings: Settings) -> "Embedders":
        wanted = settings.grouping
        contents = components.embedder(wanted.embedder or settings.search.embedder)
        if not wanted.colours:
            return cls(contents, None)
        colours = components.embedder(wanted.colours)
        # Where colours are all that is looked at, they need no part of their own.
        return cls(contents, None if colours.fingerprint == contents.fingerprint else colours)

    @property
    def fingerprint(self) -> str:
        colours = "" if self.colours is None else f"+{COLOUR_WEIGHT}*{self.colours.fingerprint}"
        return f"{self.contents.fingerprint}{colours}"

    @property
    def decode_side(self) -> int:
        """As ``Embedder.decode_side``, for all of them."""
        sides = [each.decode_side for each in (self.contents, self.colours) if each is not None]
        return max(sides) if all(sides) else 0

    def radius(self, distance: float) -> float:
        """The Euclidean distance of vectors that both parts put at a distance of users."""
        content = distance / self.contents.distance_scale
        if self.colours is None:
            return content
        colour = distance / self.colours.distance_scale
        return float(np.hypot(content * (1 - COLOUR_WEIGHT) ** 0.5, colour * COLOUR_WEIGHT**0.5))


class FeatureExtraction:
    """Reads, checks, decodes and embeds images. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        components: Components,
        reader: SourceReader,
        decoder: ImageDecoder,
    ) -> None:
        self._settings = settings
        self._components = components
        self._reader = reader
        self._decoder = decoder
        self._gatherings: dict[Embedder, Gathering] = {}

    @property
    def embedders(self) -> Embedders:
        return Embedders.of(self._components, self._settings)

    def extract(
        self, source: Source, rules: ImageRules, *, owner: str, last: bool
    ) -> dict[str, Any]:
        """What is known of an image, as JSON.

        Its ``vector``, whose vector it is, what its camera's ``clock`` showed and its ``offset`` from UTC, each or None,
        and ``notes``.


        :param owner: who named it; empty for the operator.
        :param last: there is no other try.
        :raises SkipImage: it is left out.
        :raises SourceUnreachable: it may be there the next time.
        """
        data = self._read(source, rules, owner, last)
        try:
            check_format(data, rules.formats or self._settings.images.formats)
            embedders = self.embedders
            image = self._decoder.decode(data, side=embedders.decode_side, interactive=False)
        except ImageError as error:
            raise SkipImage(SkipReason.UNREADABLE, str(error)) from None
        if min(image.width, image.height) < rules.min_side:
            size = f"{image.width} x {image.height} pixels"
            raise SkipImage(SkipReason.TOO_SMALL, f"{size}: a side is below {rules.min_side}")
        taken = image.captured
        return {
            "vector": pack_vector(self._embed(embedders, image)),
            "fingerprint": embedders.fingerprint,
            "clock": None if taken is None else taken.clock,
            "offset": None if taken is None else taken.offset,
            "notes": list(image.notes),
        }

    def _embed(self, embedders: Embedders, image: Image) -> NDArray[np.float32]:
        """An image's vector, of length 1."""
        colours = None if embedders.colours is None else self._embed_by(embedders.colours, image)
        vector: NDArray[np.float32] = combine(self._embed_by(embedders.contents, image), colours)[0]
        return vector

    def _embed_by(self, embedder: Embedder, image: Image) -> NDArray[np.float32]:
        gathering = self._gatherings.get(embedder)
        if gathering is None:
            gathering = self._gatherings.setdefault(embedder, Gathering(embedder))
        return gathering.embed(image)[0][None]

    def _read(self, source: Source, rules: ImageRules, owner: str, last: bool) -> bytes:
        try:
            return self._reader.read(source, owner=owner, max_bytes=rules.max_bytes)
        except SourceTooLarge as error:
            raise SkipImage(SkipReason.TOO_LARGE, str(error)) from None
        except SourceForbidden as error:
            raise SkipImage(SkipReason.UNREACHABLE, str(error)) from None
        except SourceUnreachable as error:
            if not last and error.temporary:
                raise
            raise SkipImage(SkipReason.UNREACHABLE, str(error), answer=error.answer) from None

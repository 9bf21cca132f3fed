"""An embedder for collections whose vectors come from elsewhere."""

import hashlib
from collections.abc import Sequence

from attrs import field, frozen, validators

from photomill.plugin import Embedder, Image, Unsupported, Vectors, hookimpl


@frozen
class VectorsOptions:
    """
    :ivar dimension: the length of the vectors that records bring.
    :ivar distance_scale: from Euclidean distance of unit vectors to the distance users see.
    :ivar model: names what makes the vectors; vectors of unlike models are never mixed.
    """

    dimension: int = field(default=512, validator=validators.gt(0))
    distance_scale: float = field(default=50.0, validator=validators.gt(0))
    model: str = ""


class VectorsEmbedder(Embedder):
    """Embeds nothing: every record and every query brings its own vector."""

    name = "vectors"
    Options = VectorsOptions

    @property
    def dimension(self) -> int:
        return int(self.options.dimension)

    @property
    def distance_scale(self) -> float:
        return float(self.options.distance_scale)

    @property
    def fingerprint(self) -> str:
        named = hashlib.sha256(self.options.model.encode()).hexdigest()[:16]
        return f"vectors-{self.dimension}-{named}"

    @property
    def decode_side(self) -> int:
        # Images that come along are only described and hashed.
        return 64

    def _embed(self, images: Sequence[Image]) -> Vectors:
        raise Unsupported(
            "this collection takes vectors only: its embedder is 'vectors', which embeds no images"
        )


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [VectorsEmbedder]

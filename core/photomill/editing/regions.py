"""Which part of an image a text speaks of."""

from collections.abc import Sequence

from photomill.components import Embedder
from photomill.components.editor import RankRegions
from photomill.images.image import Image
from photomill.images.raster import RasterPixels


def ranker(embedder: Embedder) -> RankRegions:
    """Rank by the cosine between a text's embedding and each image's."""

    def rank(text: str, regions: Sequence[RasterPixels]) -> list[float]:
        images = [Image.from_pixels(region[:, :, :3]) for region in regions]
        similar = embedder.embed(images) @ embedder.embed_text([text])[0]
        return [float(each) for each in similar]

    return rank

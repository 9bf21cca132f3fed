"""How large an image is to become."""

from photomill.plugin import Raster, Upscale


def target_size(raster: Raster, parameters: Upscale) -> tuple[int, int] | None:
    """Width and height; no side becomes smaller. None where nothing is to be enlarged."""
    if parameters.kind == "off":
        return None
    size = max(raster.width, parameters.width), max(raster.height, parameters.height)
    return None if size == (raster.width, raster.height) else size

"""A ground behind and around the image."""

from typing import Any

from photomill.plugin import LEVELS_PER_STEP, Canvas, EditContext, Raster, Stage
from photomill_vips_editor.colour import inks_of
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import from_vips, has_ink, is_deep, to_vips, with_ink

_OPAQUE = 255


class VipsCanvas(VipsOperation):
    """Puts the image on a larger ground of one colour. What lies outside of the ground is cut off."""

    name = "canvas"
    operation = "canvas"
    stage = Stage.FILL
    takes_hidden_colours = True
    Parameters = Canvas

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        wanted: Canvas = parameters
        ground = (wanted.width or raster.width, wanted.height or raster.height)
        placed = (*ground, wanted.left, wanted.top) != (raster.width, raster.height, 0, 0)
        fills = wanted.colour[3] == _OPAQUE and raster.has_alpha
        if not (placed or fills):
            return raster
        transparent = wanted.colour[3] != _OPAQUE
        image = to_vips(raster) if transparent else with_ink(raster)
        colour = _as_it_has_it(image, wanted.colour)
        if fills:
            image = image.flatten(background=colour[:3])
        elif transparent and not raster.has_alpha:
            image = image.bandjoin(_OPAQUE * (LEVELS_PER_STEP if is_deep(image) else 1))
        if placed:
            background = colour[: image.bands]
            image = image.embed(
                wanted.left, wanted.top, *ground, extend="background", background=background
            )
        return from_vips(image)


def _as_it_has_it(image: Any, colour: tuple[int, int, int, int]) -> list[int]:
    """A colour on the scale of an image, or in its inks."""
    if has_ink(image):
        return inks_of(image, colour[:3])
    return [(LEVELS_PER_STEP if is_deep(image) else 1) * level for level in colour]

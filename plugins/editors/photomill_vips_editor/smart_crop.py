"""Cropping to what draws the eye."""

from typing import Any

from photomill.plugin import EditContext, Raster, SmartCrop, Stage
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import from_vips, in_memory, is_lazy, to_vips


class AttentionCrop(VipsOperation):
    """Cuts the window with the most edges, skin tones and saturated colours: ``vips_smartcrop``, "attention"."""

    name = "smart_crop"
    operation = "resizing.smart_crop"
    stage = Stage.RESIZE
    rank = 0
    Parameters = SmartCrop

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        width, height = parameters.size_in(raster)
        if (width, height) == (raster.width, raster.height):
            return raster
        if parameters.mode == "face":
            context.notes.append(
                "no face was looked for or found: the crop keeps what draws the eye"
            )
        # The window is chosen from the whole image, and cut afterwards.
        image = in_memory(to_vips(raster), lazy=is_lazy(raster))
        return from_vips(image.smartcrop(width, height, interesting="attention"))

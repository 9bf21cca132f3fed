"""What a shop shows of a foreground that was found: on an even ground, or its mask alone."""

import re
from typing import Any, ClassVar

import numpy as np
from attrs import Attribute, field, frozen, validators

from photomill.plugin import (
    EditContext,
    EditOperation,
    OpenContext,
    Raster,
    RasterPixels,
    Stage,
)
from photomill_background.arrays import Values

NO_SUBJECT = "no foreground was found: there is no product to set on a ground"
NO_MASK = "no foreground was found: the mask is black"
_VISIBLE = 12
"""An alpha above this, of 255, belongs to the product."""
_FLAT = 0.14
"""How high a shadow is, of the product: seen from slightly above."""
_SOFT, _HARD = 0.05, 0.018
"""Deviations of the shadow around and of the one where the product stands, of its longer side."""
_STANDS = 0.04
"""So much of the product, from below, touches the ground."""


def _share(low: float, high: float) -> Any:
    return validators.and_(validators.ge(low), validators.le(high))


def _ground(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    if value != "transparent" and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("expected a colour like '#ffffff', or 'transparent'")


@frozen
class ProductParameters:
    """
    :ivar share: of the canvas that the product takes along the side where it is tightest, 0.1 to 1; 0 changes nothing.
    :ivar aspect: width of the canvas over its height.
    :ivar shadow: how dark the shadow is below the product, 0 to 1.
    :ivar ground: ``#rrggbb`` or ``transparent``.
    """

    share: float = field(
        default=0.0, validator=validators.or_(validators.in_((0,)), _share(0.1, 1))
    )
    aspect: float = field(default=1.0, validator=_share(0.2, 5))
    shadow: float = field(default=0.35, validator=_share(0, 1))
    ground: str = field(default="#ffffff", validator=_ground)


class ProductShot(EditOperation):
    """Centres what the background was removed from on a canvas, at a share of its size, with a soft contact shadow.

    It keeps the scale of the product: the canvas is made around it. An image in which nothing was found is left as it is.
    """

    name = "product"
    operation = "background.product"
    stage = Stage.BACKGROUND
    takes_hidden_colours = True
    requires: ClassVar[tuple[str, ...]] = ("cv2",)
    extra = "opencv-contrib-python-headless"
    Parameters = ProductParameters

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.share:
            return raster
        product = _cut_out(raster)
        if product is None:
            context.notes.append(NO_SUBJECT)
            return raster
        height, width = product.shape[:2]
        across = max(width, parameters.aspect * height) / parameters.share
        canvas = round(across), round(across / parameters.aspect)
        canvas = max(width, canvas[0]), max(height, canvas[1])
        left, top = (canvas[0] - width) // 2, (canvas[1] - height) // 2
        opacity = np.zeros((canvas[1], canvas[0]), np.float32)
        place = slice(top, top + height), slice(left, left + width)
        opacity[place] = product[:, :, 3].astype(np.float32) / 255
        shadow = parameters.shadow * _shadow(opacity, place) * (1 - opacity)
        colours = np.zeros((*opacity.shape, 3), np.float32)
        colours[place] = product[:, :, :3].astype(np.float32) * opacity[place][:, :, np.newaxis]
        return Raster.from_pixels(_on_ground(colours, opacity, shadow, parameters.ground))


@frozen
class MaskParameters:
    """:ivar enabled: whether the mask takes the image's place."""

    enabled: bool = False


class MaskImage(EditOperation):
    """Gives the mask of the foreground in the image's place: white where it is, black in the background.

    It is black all over, with a note, where nothing was found.
    """

    name = "mask_image"
    operation = "background.mask_image"
    stage = Stage.BACKGROUND
    takes_hidden_colours = True
    # A product on its ground has no mask any more.
    excludes: ClassVar[frozenset[str]] = frozenset({ProductShot.operation})
    Parameters = MaskParameters

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.enabled:
            return raster
        if _cut_out(raster) is None:
            context.notes.append(NO_MASK)
            return Raster.from_pixels(np.zeros((raster.height, raster.width, 3), np.uint8))
        return Raster.from_pixels(np.repeat(raster.pixels[:, :, 3:], 3, axis=2))


def _cut_out(raster: Raster) -> RasterPixels | None:
    """The part of an image that can be seen, with its alpha; None where nothing was cut out."""
    alpha = raster.alpha
    if alpha is None or (alpha == 255).all():
        return None
    visible = alpha > _VISIBLE
    rows, columns = (np.flatnonzero(visible.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return raster.pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _shadow(opacity: Values, place: tuple[slice, slice]) -> Values:
    """How dark the ground is, 0 to 1: around the product widely, and narrowly where it stands."""
    import cv2

    rows, columns = place
    height, width = rows.stop - rows.start, columns.stop - columns.start
    longer = max(height, width)
    flat = max(1, round(_FLAT * height))
    laid = np.zeros_like(opacity)
    middle = min(rows.stop - flat // 2, opacity.shape[0] - flat)
    laid[middle : middle + flat, columns] = cv2.resize(
        opacity[place], (width, flat), interpolation=cv2.INTER_AREA
    )
    stands = np.zeros_like(opacity)
    foot = max(1, round(_STANDS * height))
    touching = opacity[rows.stop - foot : rows.stop, columns].mean(axis=0)
    stands[max(0, rows.stop - foot // 2) : rows.stop + foot // 2 + 1, columns] = touching
    around = cv2.GaussianBlur(laid, (0, 0), max(0.5, _SOFT * longer))
    below = cv2.GaussianBlur(stands, (0, 0), max(0.5, _HARD * longer))
    return np.clip(0.8 * around + 0.9 * below, 0, 1).astype(np.float32)


def _on_ground(colours: Values, opacity: Values, shadow: Values, ground: str) -> RasterPixels:
    """
    :param colours: times their opacity.
    """
    if ground == "transparent":
        alpha = opacity + shadow
        free = colours / np.maximum(alpha, 1e-6)[:, :, np.newaxis]
        return np.rint(np.clip(np.dstack([free, 255 * alpha]), 0, 255)).astype(np.uint8)
    paint = np.array([*bytes.fromhex(ground[1:])], np.float32)
    light = (1 - opacity - shadow)[:, :, np.newaxis]
    return np.rint(np.clip(colours + light * paint, 0, 255)).astype(np.uint8)

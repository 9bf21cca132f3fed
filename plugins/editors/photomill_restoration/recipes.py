"""What upscaling without a model does for each kind of image."""

from attrs import frozen

from photomill.plugin import Upscale
from photomill_restoration.measuring import Damage


@frozen
class Recipe:
    """
    :ivar smooth: standard deviation in levels of what is smoothed away before the image is enlarged.
    :ivar sharpen: see :class:`~photomill_restoration.back_projection.BackProjection`.
    """

    smooth: float
    sharpen: float


def recipe_for(parameters: Upscale, damage: Damage) -> Recipe:
    """Choose by kind and by what the image suffered.

    ``smart_resize`` enlarges what is there; ``smart_enhance`` repairs and sharpens; ``faces`` repairs half as much,
    and sharpens no skin; ``digital_art`` has flat colours and hard edges; ``photo`` repairs more with each version.
    """
    measured = _measured(damage)
    if parameters.kind == "smart_resize":
        return Recipe(0, 0)
    if parameters.kind == "faces":
        return Recipe(measured / 2, 0)
    if parameters.kind == "digital_art":
        return Recipe(max(measured, 4), 0.4)
    if parameters.kind == "photo":
        smooth = {1: 0.0, 2: measured, 3: 1.5 * measured + 2}[parameters.version]
        return Recipe(smooth, 0.15)
    return Recipe(measured, 0.25)


def _measured(damage: Damage) -> float:
    """Standard deviation of noise, and of what compression left, in levels."""
    noise = damage.noise if damage.noise >= 1.5 else 0.0
    return max(noise, (90 - damage.quality) / 8)

"""The limits of ``[images]``, checked before pixels are decoded."""

from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge, ImageUnreadable


def check_size(width: int, height: int, limits: ImageSettings) -> None:
    """Check the size that a header states.

    :raises ImageTooLarge: more pixels than the limit.
    :raises ImageUnreadable: a side of no pixels.
    """
    if width < 1 or height < 1:
        raise ImageUnreadable(f"the image is of {width} x {height} pixels")
    if width * height > limits.max_pixels:
        raise ImageTooLarge(f"{width} x {height} pixels are more than {limits.max_pixels}")


def check_frames(frames: int, limits: ImageSettings) -> None:
    """Check the number of frames or pages.

    :raises ImageTooLarge: more than the limit.
    """
    if frames > limits.max_frames:
        raise ImageTooLarge(f"more than {limits.max_frames} frames")

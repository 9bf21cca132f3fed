"""The tasks, as Photomill's own requests."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen


@frozen
class Task:
    """
    :ivar operations: of the image edit API; ``output`` likewise.
    :ivar ending: of the results.
    """

    title: str
    operations: Mapping[str, Any]
    output: Mapping[str, Any]
    ending: str


def _bounds(side: int) -> dict[str, Any]:
    return {"resizing": {"width": side, "height": side, "fit": "bounds"}}


def _jpeg(quality: int) -> dict[str, Any]:
    return {"format": {"type": "jpeg", "quality": quality, "progressive": True}}


TASKS: Mapping[str, Task] = {
    "a": Task(
        "crop 1000x1000, JPEG 85 progressive",
        {"resizing": {"width": 1000, "height": 1000, "fit": "crop"}},
        _jpeg(85),
        "jpeg",
    ),
    "b": Task(
        "bounds 800x800, WebP 75",
        _bounds(800),
        {"format": {"type": "webp", "compression": {"type": "lossy", "quality": 75}}},
        "webp",
    ),
    "c": Task(
        "bounds 512x512, AVIF 50",
        _bounds(512),
        {"format": {"type": "avif", "compression": {"type": "lossy", "quality": 50}}},
        "avif",
    ),
    "d": Task(
        "canvas 800x800, padded 10 %, white, PNG",
        {
            "resizing": {"width": 800, "height": 800, "fit": "canvas"},
            "padding": "10%",
            "background": {"color": "#ffffff"},
        },
        {"format": "png"},
        "png",
    ),
    "e": Task(
        "brightness, contrast, saturation, bounds 1000x1000, JPEG 85 progressive",
        {
            **_bounds(1000),
            "adjustments": {"exposure": 10, "contrast": 10, "saturation": 10},
        },
        _jpeg(85),
        "jpeg",
    ),
    "f": Task("bounds 400x400, PNG", _bounds(400), {"format": "png"}, "png"),
    "g": Task("bounds 1000x1000, PNG", _bounds(1000), {"format": "png"}, "png"),
}
"""f and g lose nothing but by resizing."""

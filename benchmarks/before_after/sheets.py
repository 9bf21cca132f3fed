"""What each sheet shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

Operations = Mapping[str, Any]


@frozen
class Spoiling:
    """What is done to an image first, so that there is something to repair.

    :ivar side: pixels of its longer side; None leaves it as large as it is.
    :ivar quality: of the JPEG file.
    """

    side: int | None
    quality: int


@frozen
class Sheet:
    """Some images, a row each: before, and after each variant.

    :ivar images: names of drawn ones.
    :ivar variants: operations by what is written below the result.
    :ivar one_scale: whether results are shown so that their sizes can be compared.
    :ivar detail: left, top, right and bottom of what is shown, as shares of the image; it is enlarged without smoothing.
    """

    images: Sequence[str]
    variants: Mapping[str, Operations]
    spoiling: Spoiling | None = None
    detail: tuple[float, float, float, float] | None = None
    one_scale: bool = False


def _resizing(width: int, height: int, fit: Any) -> Operations:
    return {"resizing": {"width": width, "height": height, "fit": fit}}


def _crop(crop: str) -> Operations:
    return _resizing(300, 400, {"type": "crop", "crop": crop})


def _adjustments(**wanted: int) -> Operations:
    return {"adjustments": wanted}


def _style(name: str, strength: float) -> Operations:
    reference = f"storage://images/{name}.jpg"
    return {
        "generative": {
            "style_transfer": {"style_reference_image": reference, "style_strength": strength}
        }
    }


def _product(ground: str) -> Operations:
    shot = {"share": 0.8, "ground": ground}
    return {"background": {"remove": True}, "extensions": {"background.product": shot}}


WHITE, SAND = "#ffffff", "#e8dcc8"

SHEETS: Mapping[str, Sheet] = {
    "resizing": Sheet(
        ("sea", "portrait"),
        {
            "bounds 320x320": _resizing(320, 320, "bounds"),
            "cover 320x320": _resizing(320, 320, "cover"),
            "crop 320x320": _resizing(320, 320, "crop"),
            "canvas 320x320": {
                **_resizing(320, 320, "canvas"),
                "background": {"color": SAND},
            },
        },
        one_scale=True,
    ),
    "crop": Sheet(
        ("balloons", "sea", "portrait"),
        {"center": _crop("center"), "smart": _crop("smart"), "face": _crop("face")},
    ),
    "padding": Sheet(
        ("sea", "car"),
        {
            "10%": {
                "padding": "10%",
                **_resizing(480, 480, "canvas"),
                "background": {"color": SAND},
            },
            "cut out, 12%": {
                "padding": "12%",
                **_resizing(480, 480, "canvas"),
                "background": {"remove": {"clipping": True}, "color": SAND},
            },
        },
    ),
    "adjustments": Sheet(
        ("meadow", "portrait"),
        {
            "exposure 40": _adjustments(exposure=40),
            "contrast 50": _adjustments(contrast=50),
            "saturation 60": _adjustments(saturation=60),
            "saturation -100": _adjustments(saturation=-100),
        },
    ),
    "sharpness": Sheet(
        ("forest", "portrait"),
        {"sharpness 40": _adjustments(sharpness=40), "sharpness 100": _adjustments(sharpness=100)},
        detail=(0.5, 0.2, 0.85, 0.55),
    ),
    "hdr": Sheet(
        ("city", "sunset"),
        {"hdr 50": _adjustments(hdr=50), "hdr 100": _adjustments(hdr=100)},
    ),
    "remove": Sheet(
        ("portrait", "car", "balloons"),
        {
            "white": {"background": {"remove": True, "color": WHITE}},
            "transparent": {"background": {"remove": True, "color": "transparent"}},
        },
    ),
    "product": Sheet(
        ("portrait", "car"),
        {
            "product": _product(WHITE),
            "on a colour": _product(SAND),
            "mask": {
                "background": {"remove": True},
                "extensions": {"background.mask_image": {"enabled": True}},
            },
        },
    ),
    "blur": Sheet(
        ("portrait", "car"),
        {
            "regular, medium": {"background": {"blur": {"type": "regular", "level": "medium"}}},
            "regular, high": {"background": {"blur": {"type": "regular", "level": "high"}}},
            "lens, high": {"background": {"blur": {"type": "lens", "level": "high"}}},
        },
    ),
    "decompress": Sheet(
        ("sea", "portrait"),
        {
            "moderate": {"restorations": {"decompress": "moderate"}},
            "strong": {"restorations": {"decompress": "strong"}},
            "strong, fast": {"restorations": {"decompress": "strong"}, "speed": "fast"},
        },
        spoiling=Spoiling(None, 12),
        detail=(0.5, 0.15, 0.85, 0.6),
    ),
    "upscale": Sheet(
        ("sea", "portrait"),
        {
            "x4": {"restorations": {"upscale": "photo"}, "resizing": {"width": "400%"}},
            "x4, fast": {
                "restorations": {"upscale": "photo"},
                "resizing": {"width": "400%"},
                "speed": "fast",
            },
        },
        spoiling=Spoiling(240, 80),
        detail=(0.45, 0.15, 0.9, 0.6),
    ),
    "polish": Sheet(
        ("forest", "city", "portrait"),
        {"polish": {"restorations": {"polish": True}}},
        detail=(0.35, 0.2, 0.85, 0.7),
    ),
    "identity_crop": Sheet(("portrait",), {"identity crop": {"privacy": {"identity_crop": True}}}),
    "plates": Sheet(("car",), {"blur car plate": {"privacy": {"blur_car_plate": True}}}),
    "outpaint": Sheet(
        ("sea", "balloons", "city"),
        {
            "640x640": _resizing(640, 640, "outpaint"),
            "1000x480": _resizing(1000, 480, "outpaint"),
        },
    ),
    "style": Sheet(
        ("meadow", "sea"),
        {
            "sunset, 0.5": _style("sunset", 0.5),
            "sunset, 1": _style("sunset", 1),
            "city, 1": _style("city", 1),
        },
    ),
    "watermark": Sheet(
        ("sunset", "balloons"),
        {
            "tile": {"extensions": {"overlay.watermark": {"text": "© Ann"}}},
            "center": {"extensions": {"overlay.watermark": {"text": "© Ann", "layout": "center"}}},
            "corner": {
                "extensions": {
                    "overlay.watermark": {"text": "© Ann", "layout": "corner", "opacity": 0.9}
                }
            },
        },
    ),
}

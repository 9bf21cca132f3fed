"""Options that say in words what an edit's JSON says, and the JSON they come to."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from photomill.editing.document.lengths import MAX_LENGTH
from photomill.errors import InvalidInput
from photomill.json_text import decode_json

Function = TypeVar("Function", bound=Callable[..., Any])

_SHIFT = click.IntRange(-100, 100)
_INTENSITY = click.IntRange(0, 100)
_PIXELS = re.compile(rf"[0-9]{{1,{len(str(MAX_LENGTH))}}}", re.ASCII)
_SHARE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?%", re.ASCII)
_OPTIONS = [
    click.option(
        "--operations",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A JSON file with operations, or with operations and output, as the HTTP API takes them.",
    ),
    click.option("--resize", metavar="WxH", help="1000x1000, 800xauto, 50%x50%."),
    click.option(
        "--fit",
        type=click.Choice(["crop", "smart", "face", "cover", "bounds", "canvas", "outpaint"]),
        help="What becomes of the proportions; smart and face choose what a crop keeps.",
    ),
    click.option("--no-enlarge", is_flag=True, help="Leave small pictures at their size."),
    click.option("--padding", metavar="LENGTHS", help="10%, or 5% 15%, or four from the top."),
    click.option("--hdr", type=_INTENSITY, help="Balance light and colour, 0 to 100."),
    click.option("--exposure", type=_SHIFT, help="-100 to 100."),
    click.option("--saturation", type=_SHIFT, help="-100 to 100."),
    click.option("--contrast", type=_SHIFT, help="-100 to 100."),
    click.option("--sharpness", type=_INTENSITY, help="0 to 100."),
    click.option("--remove-background", is_flag=True, help="Keep the object only."),
    click.option("--blur-background", is_flag=True, help="Blur all but the object."),
    click.option("--background", metavar="COLOUR", help="#rrggbb or transparent."),
    click.option(
        "--decompress",
        type=click.Choice(["moderate", "strong", "auto"]),
        help="Remove what lossy compression left.",
    ),
    click.option(
        "--upscale",
        type=click.Choice(["smart_enhance", "smart_resize", "faces", "digital_art", "photo"]),
        help="How pictures are enlarged.",
    ),
    click.option("--polish", is_flag=True, help="Less noise, more detail."),
    click.option("--blur-plates", is_flag=True, help="Make number plates unreadable."),
    click.option("--identity-crop", is_flag=True, help="Cut away all above the mouth."),
    click.option("--fast", is_flag=True, help="As exact as others are, and faster."),
    click.option(
        "--format",
        "output_format",
        type=click.Choice(["jpeg", "png", "webp", "avif", "tiff", "auto"]),
        help="Of the results; jpeg without it.",
    ),
    click.option("--quality", type=click.IntRange(1, 100), help="Of lossy formats."),
    click.option(
        "--subsampling",
        type=click.Choice(["auto", "4:4:4", "4:2:0"]),
        help="Of a JPEG's colours: whole, halved, or as the picture needs it.",
    ),
    click.option(
        "--keep-metadata",
        metavar="KINDS",
        help="all, or some of copyright, icc, exif, gps, xmp, iptc with commas between; none without it.",
    ),
]


def edit_options(function: Function) -> Function:
    """The options, in this order, as keywords of a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def edit_json(given: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The ``operations`` and ``output`` that options come to; they go before what the file says.

    :raises InvalidInput: the file is no JSON object, or a size cannot be read.
    """
    operations, output = _from_file(given["operations"])
    _lay_over(operations, _operations(given))
    wanted = _output(given)
    return operations, wanted if wanted is not None else output


def _from_file(path: Path | None) -> tuple[dict[str, Any], Any]:
    if path is None:
        return {}, None
    try:
        document = decode_json(path.read_bytes())
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", path="--operations") from None
    if not isinstance(document, dict):
        raise InvalidInput(f"{path}: expected an object", path="--operations")
    if "operations" in document:
        return document["operations"] or {}, document.get("output")
    return document, None


def _operations(given: Mapping[str, Any]) -> dict[str, Any]:
    tone = ("hdr", "exposure", "saturation", "contrast", "sharpness")
    return _without_none(
        {
            "resizing": _resizing(given),
            "padding": given["padding"],
            "adjustments": {name: given[name] for name in tone},
            "background": {
                "remove": given["remove_background"] or None,
                "blur": given["blur_background"] or None,
                "color": given["background"],
            },
            "restorations": {
                "decompress": given["decompress"],
                "upscale": given["upscale"],
                "polish": given["polish"] or None,
            },
            "privacy": {
                "blur_car_plate": given["blur_plates"] or None,
                "identity_crop": given["identity_crop"] or None,
            },
            "speed": "fast" if given["fast"] else None,
        }
    )


def _resizing(given: Mapping[str, Any]) -> dict[str, Any]:
    fit = given["fit"]
    resizing: dict[str, Any] = {
        "fit": {"type": "crop", "crop": fit} if fit in ("smart", "face") else fit,
        "enlarge": False if given["no_enlarge"] else None,
    }
    if given["resize"]:
        width, times, height = given["resize"].partition("x")
        if not times:
            raise InvalidInput(f"expected WxH, got {_short(given['resize'])}", path="--resize")
        resizing |= {"width": _side(width), "height": _side(height)}
    return resizing


def _side(text: str) -> int | str:
    if text in ("", "auto") or (_SHARE.fullmatch(text) and float(text[:-1]) > 0):
        return text or "auto"
    if _PIXELS.fullmatch(text) and 1 <= int(text) <= MAX_LENGTH:
        return int(text)
    raise InvalidInput(
        f"expected 1 to {MAX_LENGTH} pixels, a percentage, or auto for a side, got {_short(text)}",
        path="--resize",
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _output(given: Mapping[str, Any]) -> dict[str, Any] | None:
    names = ("output_format", "quality", "subsampling", "keep_metadata")
    kind, quality, subsampling, keep = (given[name] for name in names)
    if (kind, quality, subsampling, keep) == (None, None, None, None):
        return None
    return _without_none(
        {"format": _format(kind or "jpeg", quality, subsampling), "metadata": {"keep": _kept(keep)}}
    )


def _format(kind: str, quality: int | None, subsampling: str | None) -> Any:
    if subsampling is not None and kind != "jpeg":
        raise InvalidInput(f"{kind} has no subsampling to choose", path="--subsampling")
    if quality is None and subsampling is None:
        return kind
    if kind == "jpeg":
        return _without_none({"type": kind, "quality": quality, "subsampling": subsampling})
    if kind in ("png", "auto"):
        raise InvalidInput(f"{kind} has no quality", path="--quality")
    return {"type": kind, "compression": {"type": "lossy", "quality": quality}}


def _kept(kinds: str | None) -> bool | list[str] | None:
    if kinds is None:
        return None
    return True if kinds == "all" else [kind.strip() for kind in kinds.split(",")]


def _without_none(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what nobody said, and what is empty without it."""
    result = {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if value is not None
    }
    return {key: value for key, value in result.items() if value != {}}


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay_over(below[key], value)
        else:
            below[key] = value

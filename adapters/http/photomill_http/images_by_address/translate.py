"""Options by short names, and the edits that they ask for: one table."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from photomill import (
    Avif,
    Background,
    Blur,
    Bounds,
    Cover,
    Crop,
    Decompress,
    EditRequest,
    Fit,
    FocalPoint,
    Format,
    Hdr,
    InvalidInput,
    Jpeg,
    OnCanvas,
    Outpainted,
    Output,
    Padding,
    Png,
    Removal,
    Resizing,
    Sharpness,
    Tone,
    Webp,
    parse_side,
)

NO_OPTIONS = "_"
MOST_OPTIONS = 500
"""Characters of all options."""

_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_SHARE = re.compile(r"(0|1|0?\.[0-9]{1,6}|1\.0{1,6})", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]{6}", re.ASCII)

_FITS: Mapping[str, Fit] = MappingProxyType(
    {
        "crop": Crop(),
        "smart": Crop("smart"),
        "face": Crop("face"),
        "cover": Cover(),
        "inside": Bounds(),
        "pad": OnCanvas(),
        "outpaint": Outpainted(),
    }
)
_WEBP_QUALITY, _AVIF_QUALITY = 78, 56
"""Where the caller's ``Accept`` chooses: at these both look alike."""

_FORMATS: Mapping[str, Callable[[int | None], Format]] = MappingProxyType(
    {
        "jpeg": lambda quality: Jpeg(quality or 82),
        "webp": lambda quality: Webp(quality or _WEBP_QUALITY),
        "avif": lambda quality: Avif(quality or 50),
        "png": lambda quality: Png(),
    }
)
MEDIA_TYPES: Mapping[str, str] = MappingProxyType({name: f"image/{name}" for name in _FORMATS})


@frozen
class Asked:
    """What the options of an address ask for.

    :ivar format: empty where the caller's ``Accept`` decides.
    :ivar expires: seconds since the epoch; None for never.
    """

    request: EditRequest = field(factory=lambda: EditRequest(resizing=Resizing(enlarge=False)))
    format: str = ""
    quality: int | None = None
    max_bytes: int | None = None
    expires: int | None = None

    def edit(self, accept: str, *, avif: bool = True) -> tuple[str, EditRequest]:
        """The format for a caller, and the edit.

        :param accept: the caller's header; the best of what it names is taken where no format was asked for.
        :param avif: whether that may be AVIF.
        """
        format, quality = self.format, self.quality
        if not format:
            format = "webp" if "image/webp" in accept else "jpeg"
            if avif and "image/avif" in accept:
                format, quality = "avif", _avif_quality(quality)
        output = Output(_FORMATS[format](quality), max_bytes=self.max_bytes)
        return format, evolve(self.request, output=output)


def _avif_quality(quality: int | None) -> int:
    """The quality of AVIF that looks as WebP and JPEG do at theirs, and takes no more bytes."""
    return (
        _AVIF_QUALITY if quality is None else max(1, round(quality * _AVIF_QUALITY / _WEBP_QUALITY))
    )


Change = Callable[[Asked, str], Asked]


def read_options(text: str) -> Asked:
    """Read the options of an address.

    :raises InvalidInput: no such options; ``path`` names the one.
    """
    if len(text) > MOST_OPTIONS:
        raise InvalidInput(f"more than {MOST_OPTIONS} characters", path="options")
    asked = Asked()
    seen = set[str]()
    for option in () if text == NO_OPTIONS else text.split(","):
        name, sign, value = option.partition("_")
        if name not in OPTIONS or not sign:
            raise InvalidInput(
                f"no option {option[:40]!r}; there are: {', '.join(OPTIONS)}", path="options"
            )
        if name in seen:
            raise InvalidInput("it is given twice", path=f"options.{name}")
        seen.add(name)
        try:
            asked = OPTIONS[name](asked, value)
        except ValueError as error:
            raise InvalidInput(str(error), path=f"options.{name}") from None
    return asked


def _number(low: int, high: int, value: str) -> int:
    if not _NUMBER.fullmatch(value) or not low <= int(value) <= high:
        raise ValueError(f"expected {low} to {high}, got {value[:40]!r}")
    return int(value)


def _one_of(names: Mapping[str, Any], value: str) -> Any:
    if value not in names:
        raise ValueError(f"expected one of {', '.join(names)}, got {value[:40]!r}")
    return names[value]


def _yes(value: str) -> bool:
    return bool(_one_of({"0": False, "1": True}, value))


def _lengths(value: str) -> str:
    """``10:5p`` as the engine writes it: ``10px 5%``."""
    return " ".join(
        f"{each.removesuffix('p')}%" if each.endswith("p") else f"{each}px"
        for each in value.split(":")
    )


def _focal_point(value: str) -> FocalPoint:
    x, _, y = value.partition(":")
    if not (_SHARE.fullmatch(x) and _SHARE.fullmatch(y)):
        raise ValueError(f"expected two numbers from 0 to 1 like 0.3:0.7, got {value[:40]!r}")
    return FocalPoint(float(x), float(y))


def _resizing(**changes: Callable[[str], Any]) -> Change:
    def change(asked: Asked, value: str) -> Asked:
        found = {name: read(value) for name, read in changes.items()}
        resizing = evolve(asked.request.resizing, **found)
        return evolve(asked, request=evolve(asked.request, resizing=resizing))

    return change


def _request(name: str, read: Callable[[EditRequest, str], Any]) -> Change:
    def change(asked: Asked, value: str) -> Asked:
        return evolve(asked, request=evolve(asked.request, **{name: read(asked.request, value)}))

    return change


def _background(request: EditRequest, value: str) -> Background:
    if value == "remove":
        return evolve(request.background, remove=Removal())
    if value == "transparent":
        return evolve(request.background, colour="transparent")
    if not _HEX.fullmatch(value):
        raise ValueError(f"expected rrggbb, transparent or remove, got {value[:40]!r}")
    return evolve(request.background, colour=f"#{value.lower()}")


def _background_blur(request: EditRequest, value: str) -> Background:
    level = _one_of({name: name for name in ("low", "medium", "high")}, value)
    return evolve(request.background, blur=Blur(level=level))


def _watermark(request: EditRequest, value: str) -> Mapping[str, Mapping[str, Any]]:
    text, _, layout = value.partition(":")
    if not text or not text.isprintable():
        raise ValueError("expected a text, and perhaps a layout, like Acme:center")
    layouts = {name: name for name in ("tile", "center", "corner")}
    return {"overlay.watermark": {"text": text, "layout": _one_of(layouts, layout or "tile")}}


def _side(value: str) -> Any:
    return parse_side(f"{value.removesuffix('p')}%" if value.endswith("p") else value)


def _fit(value: str) -> Any:
    return _one_of(_FITS, value)


def _tone(name: str) -> Change:
    def read(request: EditRequest, value: str) -> Tone:
        return evolve(request.tone, **{name: _number(-100, 100, value)})

    return _request("tone", read)


OPTIONS: Mapping[str, Change] = MappingProxyType(
    {
        "w": _resizing(width=_side),
        "h": _resizing(height=_side),
        "fit": _resizing(fit=_fit),
        "g": _resizing(fit=lambda value: Crop(focal_point=_focal_point(value))),
        "enlarge": _resizing(enlarge=_yes),
        "pad": _request("padding", lambda _, value: Padding.parse(_lengths(value))),
        "bg": _request("background", _background),
        "blur": _request("background", _background_blur),
        "wm": _request("extensions", _watermark),
        "exposure": _tone("exposure"),
        "contrast": _tone("contrast"),
        "saturation": _tone("saturation"),
        "hdr": _request("hdr", lambda _, value: Hdr(_number(0, 100, value))),
        "sharpen": _request("sharpness", lambda _, value: Sharpness(_number(0, 100, value))),
        "polish": _request("polish", lambda _, value: _yes(value)),
        "decompress": _request(
            "decompress",
            lambda _, value: Decompress(
                _one_of({name: name for name in ("off", "moderate", "strong", "auto")}, value)
            ),
        ),
        "plates": _request("blur_car_plate", lambda _, value: _yes(value)),
        "faces": _request("identity_crop", lambda _, value: _yes(value)),
        "f": lambda asked, value: evolve(
            asked, format=_one_of({"auto": "", **{name: name for name in _FORMATS}}, value)
        ),
        "q": lambda asked, value: evolve(asked, quality=_number(1, 100, value)),
        "max": lambda asked, value: evolve(asked, max_bytes=_number(1, 999_999_999, value)),
        "exp": lambda asked, value: evolve(asked, expires=_seconds(value)),
        # Another address for an original that has changed.
        "v": lambda asked, value: asked,
    }
)
"""What each option changes."""


def _seconds(value: str) -> int:
    if not re.fullmatch("[0-9]{1,12}", value, re.ASCII):
        raise ValueError(f"expected seconds since 1970, got {value[:40]!r}")
    return int(value)

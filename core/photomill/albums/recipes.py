"""How derivatives are made."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from photomill.albums.files import FileKind
from photomill.config.settings import AlbumSettings
from photomill.editing.output import Jpeg, Output
from photomill.editing.request import Bounds, Crop, EditRequest, Pixels, Resizing
from photomill.errors import ConfigError, Problem

WATERMARK = "overlay.watermark"
"""The edit operation that lays a mark over a photo."""

_LONGEST_TEXT = 200
Extensions = Mapping[str, Mapping[str, Any]]


class Recipes:
    """The edits that make an owner's derivatives: JPEG in sRGB, upright, without metadata, and never enlarged."""

    def __init__(self, settings: AlbumSettings) -> None:
        """
        :raises ConfigError: the watermark's picture cannot be read.
        """
        self._settings = settings
        self._mark = _encoded(settings.watermark_image) if settings.watermark_image else ""

    def requests(self, owner_name: str) -> dict[FileKind, EditRequest]:
        """An edit of the original for each derivative."""
        settings = self._settings
        medium = self._request(_within(settings.medium))
        small = self._request(_within(settings.small))
        square = self._request(
            Resizing(Pixels(settings.square), Pixels(settings.square), fit=Crop(), enlarge=False)
        )
        mark = self._watermark(owner_name)
        return {
            "medium": medium,
            "small": small,
            "square": square,
            "watermark": evolve(medium, extensions=mark),
            "watermark_small": evolve(small, extensions=mark),
            "watermark_square": evolve(square, extensions=mark),
        }

    def _request(self, resizing: Resizing) -> EditRequest:
        jpeg = Jpeg(quality=self._settings.quality, progressive=True)
        return EditRequest(resizing=resizing, output=Output(format=jpeg, colour_space="RGB"))

    def _watermark(self, owner_name: str) -> Extensions:
        settings = self._settings
        text = settings.watermark_text.replace("{owner}", owner_name)[:_LONGEST_TEXT]
        if not (text or self._mark):
            return {}
        what = {"image": self._mark} if self._mark else {"text": text}
        parameters = {
            **what,
            "opacity": settings.watermark_opacity,
            "size": settings.watermark_size,
            "layout": settings.watermark_layout,
        }
        return {WATERMARK: parameters}


def _within(side: int) -> Resizing:
    return Resizing(Pixels(side), Pixels(side), fit=Bounds(), enlarge=False)


def _encoded(path: str) -> str:
    try:
        return base64.b64encode(Path(path).expanduser().read_bytes()).decode("ascii")
    except OSError as error:
        problem = Problem("albums.watermark_image", f"cannot be read: {error}")
        raise ConfigError([problem]) from error

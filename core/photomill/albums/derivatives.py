"""The edits that make derivatives."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from photomill.components.output import Jpeg, Output
from photomill.config.settings import AlbumSettings, DerivativeSettings
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
        :raises ConfigError: the watermark's image cannot be read.
        """
        self._settings = settings
        self._mark = _encoded(settings.watermark.image) if settings.watermark.image else ""

    def requests(self, owner_name: str) -> dict[str, EditRequest]:
        """An edit of the original for each derivative."""
        mark = self._watermark(owner_name)
        return {
            name: self._request(wanted, mark)
            for name, wanted in self._settings.derivatives.items()
            if wanted.side
        }

    def _request(self, wanted: DerivativeSettings, mark: Extensions) -> EditRequest:
        side = Pixels(wanted.side)
        jpeg = Jpeg(quality=self._settings.quality, progressive=True)
        return EditRequest(
            resizing=Resizing(side, side, fit=Crop() if wanted.square else Bounds(), enlarge=False),
            # Shrunk while it is decoded, as far as the largest derivative allows.
            speed="fast",
            extensions=mark if wanted.watermark else {},
            output=Output(format=jpeg, colour_space="RGB"),
        )

    def _watermark(self, owner_name: str) -> Extensions:
        settings = self._settings.watermark
        text = settings.text.replace("{owner}", owner_name)[:_LONGEST_TEXT]
        if not (text or self._mark):
            return {}
        what = {"image": self._mark} if self._mark else {"text": text}
        parameters = {
            **what,
            "opacity": settings.opacity,
            "size": settings.size,
            "layout": settings.layout,
        }
        return {WATERMARK: parameters}


def _encoded(path: str) -> str:
    try:
        return base64.b64encode(Path(path).expanduser().read_bytes()).decode("ascii")
    except OSError as error:
        problem = Problem("albums.watermark.image", f"cannot be read: {error}")
        raise ConfigError([problem]) from error

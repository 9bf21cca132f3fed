"""An edit operation that does what it is told, as an image that attacks a real one would have it do."""

import ctypes
import os
import time
from typing import Any

import numpy as np
from attrs import frozen

from photomill.components import EditContext, EditOperation, Stage
from photomill.errors import InvalidInput, PluginUnavailable
from photomill.images.raster import Raster


@frozen
class Orders:
    order: str = ""
    seconds: float = 0.0


class Unruly(EditOperation):
    name = "unruly"
    operation = "tests.unruly"
    stage = Stage.STYLE
    Parameters = Orders

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if parameters.order:
            getattr(self, parameters.order)(raster, context)
        time.sleep(parameters.seconds)
        return raster

    def crash(self, raster: Raster, context: EditContext) -> None:
        ctypes.string_at(0)

    def leave(self, raster: Raster, context: EditContext) -> None:
        os._exit(3)

    def hoard(self, raster: Raster, context: EditContext) -> None:
        hoarded = []
        while True:
            hoarded.append(np.empty(2**28, np.uint8))

    def fail(self, raster: Raster, context: EditContext) -> None:
        raise ZeroDivisionError("by accident")

    def refuse(self, raster: Raster, context: EditContext) -> None:
        raise InvalidInput("too green", path="operations.tests")

    def write(self, raster: Raster, context: EditContext) -> None:
        with open("/tmp/photomill-unruly", "wb") as file:
            file.write(b"x")

    def clock(self, raster: Raster, context: EditContext) -> None:
        context.notes.append(str(time.monotonic()))

    def tell(self, raster: Raster, context: EditContext) -> None:
        context.notes.append(f"{raster.width} x {raster.height} of {context.origin.width}")

    def ask(self, raster: Raster, context: EditContext) -> None:
        assert context.rank_regions is not None
        regions = [raster.rgb, np.zeros((2, 3, 3), np.uint8)]
        context.notes.append(f"ranked {list(context.rank_regions('a dog', regions))}")


class Picky(Unruly):
    """A better engine for the same, which declines small images."""

    name = "picky"
    rank = 10
    at_any_size = True

    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> str:
        return "it is too small" if raster.width < 100 else ""


class Absent(Unruly):
    """The best engine, which is not there."""

    name = "absent"
    rank = 20

    def open(self, context: Any) -> None:
        raise PluginUnavailable("its weights are not there")

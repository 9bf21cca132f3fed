"""What comes of an edit."""

from typing import Any
from urllib.parse import quote

import attrs
from attrs import field, frozen

from photomill.images.raster import Raster


@frozen
class ImageFacts:
    """
    :ivar format: ``jpeg``, ``png``, …
    :ivar width: in pixels, the right way up.
    """

    format: str
    width: int
    height: int

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"format": self.format, "width": self.width, "height": self.height}


@frozen
class OperationRun:
    """One operation, who did it, and how long it took; what is evaluated lazily is paid for by ``encode``."""

    operation: str
    engine: str
    seconds: float


@frozen
class Profiling:
    """:ivar notes: what was done otherwise than one might expect, one sentence each."""

    operations: tuple[OperationRun, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "operations": [
                {"operation": run.operation, "engine": run.engine, "seconds": round(run.seconds, 4)}
                for run in self.operations
            ],
            "notes": list(self.notes),
        }


@frozen
class Edited:
    """An edited image, encoded."""

    data: bytes = field(repr=False)
    input: ImageFacts
    output: ImageFacts
    profiling: Profiling


@frozen
class StoredObject:
    """Where a result lies.

    :ivar uri: ``storage://<storage>/<key>``, percent-encoded.
    :ivar temporary: it is kept for ``[editing] keep_temporary`` seconds only.
    """

    storage: str
    key: str
    temporary: bool = False

    @property
    def uri(self) -> str:
        return f"storage://{self.storage}/{quote(self.key)}"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"storage": self.storage, "key": self.key, "temporary": self.temporary}


@frozen
class EditResult:
    """An edited image that was stored."""

    input: ImageFacts
    output: ImageFacts
    stored: StoredObject
    profiling: Profiling

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "input": self.input.document(),
            "output": self.output.document(),
            "stored": self.stored.document(),
            "profiling": self.profiling.document(),
        }


@frozen
class Capability:
    """An engine that can do an operation.

    :ivar reason: why it cannot, where it is not available.
    :ivar missed: its library or model is missing, and another engine takes its place. An engine that waits for an
        option is not available either, but nobody misses it.
    :ivar instance: its name in ``[editors]``.
    """

    operation: str
    engine: str
    rank: int
    available: bool = True
    reason: str = ""
    missed: bool = False
    instance: str = ""


@frozen
class PlannedStep:
    """One step of an edit that was planned only; ``parameters`` as JSON."""

    operation: str
    engine: str
    parameters: dict[str, Any]


@frozen
class Planned:
    """What an edit of an image would do.

    :ivar output: with an empty format where the encoder chooses it by what it sees.
    :ivar notes: as the edit would have them, as far as they are known without editing.
    """

    input: ImageFacts
    output: ImageFacts
    steps: tuple[PlannedStep, ...]
    notes: tuple[str, ...] = ()


def plain(parameters: Any) -> dict[str, Any]:
    """The parameters of a step as JSON, without images."""
    return {
        attribute.name: _plain(value)
        for attribute in attrs.fields(type(parameters))
        for value in [getattr(parameters, attribute.name)]
        if not isinstance(value, Raster)
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return plain(value) if attrs.has(type(value)) else str(value)

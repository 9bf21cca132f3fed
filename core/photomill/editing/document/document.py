"""The JSON form of an edit: ``operations`` and ``output`` of the image edit API, and what Photomill adds."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from photomill.editing.document.converter import structured
from photomill.editing.document.operations import OperationsOptions
from photomill.editing.document.output import OutputOptions
from photomill.editing.document.translate import request
from photomill.editing.document.uris import DestinationUri
from photomill.editing.request import EditRequest


@frozen
class EditDocument:
    """An edit as it was asked for.

    :ivar destination: ``storage://<storage>/…``; None keeps the result for a day.
    """

    request: EditRequest
    destination: str | None = None

    @classmethod
    def of(
        cls, operations: OperationsOptions, output: OutputOptions | str | None
    ) -> "EditDocument":
        """Translate options that were structured already."""
        if isinstance(output, str):
            return cls(request(operations, OutputOptions()), output)
        wanted = output or OutputOptions()
        return cls(request(operations, wanted), wanted.destination)


def edit_document(operations: Any, output: Any = None) -> EditDocument:
    """Read an edit from JSON.

    :param operations: the object ``operations``; None for no operations.
    :param output: the object ``output``, or a destination; None for JPEG files that are kept for a day.
    :raises InvalidDocument: with every fault there is.
    """
    given: Mapping[str, Any] = {"operations": operations, "output": output}
    parts = structured(given, _Parts)
    return EditDocument.of(parts.operations, parts.output)


@frozen
class _Parts:
    operations: OperationsOptions = field(factory=OperationsOptions)
    output: OutputOptions | DestinationUri | None = None

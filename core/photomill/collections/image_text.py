"""What is kept of the text in one image."""

from collections.abc import Sequence
from enum import StrEnum

from attrs import field, frozen

from photomill.components import TextLine

MOST_CHARACTERS = 10_000
"""Of the text that is kept of one image."""

_SAME_ROW = 0.5


class ImageKind(StrEnum):
    """What an image is a picture of, as far as the text in it tells."""

    PHOTO = "photo"
    SCREENSHOT = "screenshot"
    """Of a screen, made by the machine whose screen it is."""
    DOCUMENT = "document"
    """A page: scanned, photographed or drawn."""


@frozen
class ImageText:
    """What is written in an image.

    :ivar text: row by row; at most 10 000 characters.
    """

    text: str = field(repr=False)
    kind: ImageKind


def joined(lines: Sequence[TextLine]) -> str:
    """The text of lines in their order: those that stand beside each other in one row."""
    rows: list[list[TextLine]] = []
    for line in lines:
        before = rows[-1][-1] if rows else None
        if before is not None and _beside(before, line):
            rows[-1].append(line)
        else:
            rows.append([line])
    text = "\n".join(" ".join(line.text for line in row) for row in rows)
    # No database keeps it.
    return text.replace("\0", "")[:MOST_CHARACTERS]


def _beside(before: TextLine, line: TextLine) -> bool:
    lower = min(before.height, line.height)
    middles = before.top + before.height / 2, line.top + line.height / 2
    return line.left > before.left and abs(middles[0] - middles[1]) <= _SAME_ROW * lower

"""Laying a sheet out."""

from collections.abc import Sequence

from attrs import evolve, frozen
from PIL import Image, ImageDraw, ImageFont

SIDE = 300
GAP = 10
LABEL = 40
PAPER, INK, FAINT = "#ffffff", "#20242a", "#6b7380"
SQUARE = 8
"""Of the chequers that stand for transparency."""


@frozen
class Cell:
    """An image, what was done to it, and by whom.

    :ivar scale: of what is shown; None fills the cell.
    """

    picture: Image.Image
    label: str
    engines: str = ""
    scale: float | None = None


def at_one_scale(cells: Sequence[Cell]) -> list[Cell]:
    """So that sizes can be compared."""
    scale = SIDE / max(max(cell.picture.size) for cell in cells)
    return [evolve(cell, scale=scale) for cell in cells]


def sheet(rows: Sequence[Sequence[Cell]]) -> Image.Image:
    """Put rows of cells below each other."""
    columns = max(len(row) for row in rows)
    heights = [max(_shown(each).height for each in row) for row in rows]
    width = GAP + columns * (SIDE + GAP)
    drawn = Image.new("RGB", (width, GAP + sum(heights) + len(rows) * (LABEL + GAP)), PAPER)
    draw = ImageDraw.Draw(drawn)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for place, cell in enumerate(row):
            left = GAP + place * (SIDE + GAP)
            shown = _shown(cell)
            drawn.paste(
                shown, (left + (SIDE - shown.width) // 2, top + (height - shown.height) // 2)
            )
            draw.text((left, top + height + 3), cell.label, INK, ImageFont.load_default(size=15))
            below = (left, top + height + 21)
            draw.text(below, cell.engines, FAINT, ImageFont.load_default(size=12))
        top += height + LABEL + GAP
    return drawn


def _shown(cell: Cell) -> Image.Image:
    picture = cell.picture
    scale = cell.scale or SIDE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    kind = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    if picture.mode != "RGBA":
        return picture.convert("RGB").resize(size, kind)
    ground = _chequers(size)
    scaled = picture.resize(size, kind)
    ground.paste(scaled, (0, 0), scaled)
    return ground


def _chequers(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, "#ffffff")
    draw = ImageDraw.Draw(image)
    for top in range(0, size[1], SQUARE):
        for left in range(top // SQUARE % 2 * SQUARE, size[0], 2 * SQUARE):
            draw.rectangle((left, top, left + SQUARE - 1, top + SQUARE - 1), fill="#d5d9de")
    return image

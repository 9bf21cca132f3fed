"""The eight ways to lay an image: turned by quarters, and mirrored."""

from functools import cache
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from photomill.images.perceptual_hash import HASHED_SIDE, hashes_of, small_plane
from photomill.images.reduction import Plane
from photomill.images.signature import Signature


@frozen
class Turn:
    """How to lay an image.

    :ivar quarters: by how many quarters to turn it counterclockwise, 0 to 3.
    :ivar mirrored: whether to mirror it then, left and right.
    """

    quarters: int
    mirrored: bool


TURNS = tuple(Turn(quarters, mirrored) for mirrored in (False, True) for quarters in range(4))
"""The first one leaves an image as it is."""


def turned_hashes(luma: Plane) -> NDArray[np.uint64]:
    """The perceptual hash of an image laid in every way: uint64 (8,), in the order of :data:`TURNS`."""
    return hashes_of(small_plane(luma).ravel()[_places()])


def turned(signature: Signature, turn: Turn) -> Signature:
    """The signature of the image laid otherwise."""
    width, height = signature.width, signature.height
    return evolve(
        signature,
        luma=_turned(signature.luma, turn),
        blue=_turned(signature.blue, turn),
        red=_turned(signature.red, turn),
        width=height if turn.quarters % 2 else width,
        height=width if turn.quarters % 2 else height,
    )


@cache
def _places() -> NDArray[np.intp]:
    """Where the samples of a plane that is hashed are found, when it is laid in every way: (8, 32, 32)."""
    places = np.arange(HASHED_SIDE**2).reshape(HASHED_SIDE, HASHED_SIDE)
    return np.stack([_turned(places, turn) for turn in TURNS])


def _turned(plane: NDArray[Any], turn: Turn) -> NDArray[Any]:
    laid = np.rot90(plane, turn.quarters)
    return np.ascontiguousarray(laid[:, ::-1] if turn.mirrored else laid)

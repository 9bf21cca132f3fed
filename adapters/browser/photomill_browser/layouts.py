"""What a grid shows, kept for as long as somebody scrolls through it."""

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import evolve, field, frozen

from photomill import Listing

_KEPT = 32
"""Layouts; one of 100,000 records takes some megabytes."""
_STEPS = 32.0
_MIDDLE = 128


@frozen(eq=False)
class Layout:
    """Records in an order, and the shapes of their images.

    :ivar token: names it.
    :ivar distances: by id, where they come from a search.
    :ivar note: the name of a text that says how they were found.
    :ivar plan: how they were searched; empty for no search.
    :ivar reasons: which words nothing answered, and why nothing was found.
    """

    token: str
    listing: Listing
    distances: Mapping[str, float] = field(factory=dict)
    note: str = ""
    plan: str = ""
    scanned: int = 0
    reasons: Sequence[str] = ()

    @property
    def ids(self) -> Sequence[str]:
        return self.listing.ids

    def ratios(self) -> str:
        """The width of each image by its height, a byte each, in base64: ``2 ** ((byte - 128) / 32)``."""
        sizes = self.listing.sizes.astype(np.float64)
        known = (sizes > 0).all(axis=1)
        logs = np.zeros(len(sizes))
        logs[known] = np.log2(sizes[known, 0] / sizes[known, 1])
        steps = np.clip(np.rint(logs * _STEPS) + _MIDDLE, 0, 255).astype(np.uint8)
        return base64.b64encode(steps.tobytes()).decode()


class Layouts:
    """The layouts used last, by what was asked. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Layout] = OrderedDict()

    def find(self, collection: str, token: str) -> Layout | None:
        """A layout that was handed out; None where it is not kept any more."""
        with self._lock:
            found = self._kept.get((collection, token))
            if found is not None:
                self._kept.move_to_end((collection, token))
            return found

    def keep(self, collection: str, made: Layout) -> Layout:
        """Name a layout and keep it; two of one name list the same records."""
        digest = hashlib.sha256("\0".join(made.ids).encode("utf-8", "surrogatepass"))
        token = digest.hexdigest()[:20]
        layout = evolve(made, token=token)
        with self._lock:
            self._kept[collection, token] = layout
            self._kept.move_to_end((collection, token))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return layout

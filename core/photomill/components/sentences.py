"""What sentences mean, beside the classes of an embedder."""

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.errors import PluginError


@frozen(eq=False)
class Sentences:
    """A model of sentences, and where the classes of an embedder lie among them.

    :ivar name: of the model, as ``photomill models add`` has it.
    :ivar classes: what each class means: float32 (classes, size), rows of length 1.
    :ivar embed: gives what a text means: float32 (size,), of length 1.
    :ivar floor: the cosine that the best image must reach for a text to be answered.
    :ivar floor_of_known: likewise for a text all of whose words are names in the vocabulary: there the classes
        themselves should have answered.
    """

    name: str
    classes: NDArray[np.float32]
    embed: Callable[[str], NDArray[np.float32]]
    floor: float
    floor_of_known: float

    def nearness(self, text: str) -> NDArray[np.float32]:
        """The cosine of a text with each class: float32 (classes,).

        :raises PluginError: the model gave another shape or length.
        """
        vector = self.embed(text)
        # NaN fails this comparison too.
        if vector.shape != self.classes.shape[1:] or not abs(np.linalg.norm(vector) - 1) < 1e-3:
            raise PluginError(
                f"the model of sentences {self.name!r} returned {vector.shape} of another length than 1"
            )
        return np.asarray(self.classes @ vector, np.float32)

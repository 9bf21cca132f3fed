"""Models of sentences beside the vocabulary: which are here, and what its classes mean to them."""

import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Model, PluginUnavailable, Sentences, model_file
from photomill_sentences.e5 import E5, E5Small
from photomill_sentences.minilm import MINILM, MiniLM

SIZE = 384
"""Numbers in a vector of either model."""


class Opened(Protocol):
    """A model that is open."""

    def __call__(self, text: str) -> NDArray[np.float32]:
        """What a text means: float32 (384,), of length 1."""

    def understands(self, text: str) -> bool:
        """Whether a text seems to be in a language of the model."""


@frozen
class Kind:
    """A model that can serve, and what was calibrated for it by ``benchmarks/word_floors.py``.

    :ivar floor: see :class:`photomill.plugin.Sentences`.
    """

    model: Model
    open: Callable[[Callable[[str], Path]], Opened]
    floor: float
    floor_of_known: float


BEST_FIRST = (Kind(MINILM, MiniLM, 0.3, 0.4), Kind(E5, E5Small, 0.25, 0.3))
"""The first serves for what it understands."""


class AddedSentences:
    """Opens the models that were added, when they are first asked for. Thread-safe."""

    def __init__(self, models_dir: Path | None) -> None:
        self._models_dir = models_dir
        self._lock = threading.Lock()
        self._opened: dict[str, tuple[Opened, Sentences]] = {}

    def best(self, text: str) -> Sentences | None:
        """The model that serves for a text now: of those that are here the first that understands it; None for none.

        :raises PluginUnavailable: it is damaged.
        """
        here = [kind for kind in BEST_FIRST if self._is_here(kind.model)]
        with self._lock:
            for name in self._opened.keys() - {kind.model.name for kind in here}:
                del self._opened[name]
            opened = [self._open(kind) for kind in here]
        for model, sentences in opened:
            if model.understands(text):
                return sentences
        return opened[0][1] if opened else None

    def _is_here(self, model: Model) -> bool:
        folder = self._models_dir and self._models_dir / model.name
        return folder is not None and all((folder / each.name).is_file() for each in model.files)

    def _open(self, kind: Kind) -> tuple[Opened, Sentences]:
        name = kind.model.name
        if name not in self._opened:
            try:
                model = kind.open(lambda file: model_file(self._models_dir, kind.model, file))
            except (OSError, ValueError) as error:
                raise PluginUnavailable(
                    f"the model {name!r} cannot be read: {error}; "
                    f"run: photomill models remove {name}, and add it again"
                ) from error
            mean, classes = class_sentences(name)
            self._opened[name] = (
                model,
                Sentences(
                    name,
                    classes,
                    lambda text: centred(model(text), mean),
                    kind.floor,
                    kind.floor_of_known,
                ),
            )
        return self._opened[name]


def centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors without what all of them share, scaled to length 1: so is only told what tells them apart."""
    moved = vectors - mean
    return np.asarray(moved / np.linalg.norm(moved, axis=-1, keepdims=True), np.float32)


def class_sentences(model: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the classes mean to a model: the mean vector, and the centred ones; see ``make_sentences.py``."""
    data = files(__package__).joinpath(f"{model}.sentences").read_bytes()
    mean = np.frombuffer(data, "<f4", SIZE)
    levels = np.frombuffer(data, np.int8, offset=mean.nbytes).reshape(-1, SIZE)
    vectors = levels.astype(np.float32)
    return mean, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

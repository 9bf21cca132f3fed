"""Makes ``minilm.sentences`` and ``e5.sentences``: what the classes mean to the models of sentences.

    python -m photomill_efficientnet.make_sentences MODELS

The folder is that in which ``photomill models add minilm e5`` puts them. A class is its name and its definition; the vectors
are centred, and kept in 8 bits, which changes no cosine by more than 0.01.
"""

import sys
from pathlib import Path

import numpy as np

from photomill_efficientnet.concepts import vocabulary
from photomill_efficientnet.sentences import BEST_FIRST, centred

_LEVELS = 127


def main() -> None:
    folder = Path(sys.argv[1])
    known = vocabulary()
    texts = [f"{each.name}: {each.definition}" for each in known.concepts[: known.classes]]
    for kind in BEST_FIRST:
        embed = kind.open((folder / kind.model.name).joinpath)
        vectors = np.stack([embed(text) for text in texts])
        mean = vectors.mean(axis=0)
        rows = centred(vectors, mean)
        levels = np.rint(rows / np.abs(rows).max(axis=1, keepdims=True) * _LEVELS).astype(np.int8)
        target = Path(__file__).with_name(f"{kind.model.name}.sentences")
        target.write_bytes(mean.astype("<f4").tobytes() + levels.tobytes())


if __name__ == "__main__":
    main()

"""One encoder in ONNX, of images or of texts."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill_networks.devices import is_out_of_memory, no_memory_left
from photomill_networks.onnx_graph import external_files
from photomill_networks.runtime import is_on_card, open_session
from photomill_onnx.options import Pooling

DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}


class Encoder:
    """A model of which one output becomes a vector.

    :ivar inputs: the inputs' names and numpy types.
    """

    def __init__(
        self, model: Path, output: str, pooling: Pooling, *, threads: int, device: str
    ) -> None:
        """Open the model.

        :raises ValueError: it cannot be read, or has no such output, or the device cannot be used.
        """
        self._session = open_session(model, threads=threads, device=device)
        self._device = device
        self._pooling = pooling
        self._model = model
        self.inputs = {
            each.name: DTYPES.get(each.type, each.type) for each in self._session.get_inputs()
        }
        outputs = [each.name for each in self._session.get_outputs()]
        self._output = output or outputs[0]
        if self._output not in outputs:
            raise ValueError(f"{model} has no output {output!r}: it has {', '.join(outputs)}")

    def input(self, name: str, usual: str = "") -> str:
        """Name the input that takes what is encoded.

        :param name: as the options say it; empty where they do not.
        :param usual: what such an input is called.
        :raises ValueError: there is no such input, or there are several and none was named.
        """
        if not name:
            name = usual if usual in self.inputs else next(iter(self.inputs))
            if name != usual and len(self.inputs) > 1:
                raise ValueError(
                    f"{self._model} has several inputs; name one: {', '.join(self.inputs)}"
                )
        if name not in self.inputs:
            raise ValueError(
                f"{self._model} has no input {name!r}: it has {', '.join(self.inputs)}"
            )
        return name

    def at_once(self, input: str, wanted: int) -> int:
        """How many images a run should have.

        On the processor one, as more are no faster there, and on a card ``wanted``; as many as the model takes, where it
        takes a certain number.
        """
        shape = next(each.shape for each in self._session.get_inputs() if each.name == input)
        if shape and isinstance(shape[0], int):
            return int(shape[0])
        return wanted if is_on_card(self._session) else 1

    def encode_all(
        self, input: str, images: Sequence[NDArray[Any]], at_once: int
    ) -> list[NDArray[np.float64]]:
        """Encode images in runs of one size, filled up with zeros: float64 (dimension,) each.

        The kernels that are chosen by shape, and with them the last bits, are then the same for an image alone and in
        company.

        :param images: of the shape of the input, the first side being 1.
        :raises ValueError: the output is none for each image, or has many positions, and the options do not say what to
            do with them.
        :raises ResourcesMissing: the card has no memory left.
        """
        found = []
        for start in range(0, len(images), at_once):
            present = images[start : start + at_once]
            missing = [np.zeros_like(present[0])] * (at_once - len(present))
            output = self._run({input: np.concatenate([*present, *missing])}, at_once)
            if at_once > 1 and len(output) != at_once:
                raise ValueError(
                    f"{self._model} gives {len(output)} outputs for {at_once} images; batch_size = 1 may help"
                )
            found += [self._vector(output[place]) for place in range(len(present))]
        return found

    def encode(
        self, feeds: Mapping[str, NDArray[Any]], mask: NDArray[Any] | None = None
    ) -> NDArray[np.float64]:
        """Encode one text: float64 (dimension,).

        :param mask: for its positions: 1 for a token, 0 for padding; shape (length,).
        :raises ValueError: the output has many positions, and the options do not say what to do with them.
        :raises ResourcesMissing: the card has no memory left.
        """
        return self._vector(self._run(feeds, 1)[0], mask)

    def _run(self, feeds: Mapping[str, NDArray[Any]], batch: int) -> Any:
        try:
            (output,) = self._session.run([self._output], dict(feeds))
        except Exception as error:  # as of opening a session
            if is_on_card(self._session) and is_out_of_memory(error):
                raise no_memory_left(self._device, batch) from error
            raise
        return output

    def _vector(self, output: Any, mask: NDArray[Any] | None = None) -> NDArray[np.float64]:
        positions = self._positions(output.astype(np.float64))
        if positions.ndim == 1:
            return positions
        # An empty text may be padding only.
        if mask is not None and mask.any():
            positions = positions[np.asarray(mask[: len(positions)], np.bool_)]
        if self._pooling is Pooling.MEAN:
            return np.asarray(positions.mean(axis=0), np.float64)
        position: NDArray[np.float64] = positions[0 if self._pooling is Pooling.FIRST else -1]
        return position

    def _positions(self, output: Any) -> NDArray[np.float64]:
        """Order an output as (dimension,) or (positions, dimension)."""
        output = np.atleast_1d(output.squeeze())
        if output.ndim == 3:
            # (channels, height, width), as convolutions give it.
            output = output.reshape(len(output), -1).T
        if output.ndim not in {1, 2} or (output.ndim == 2 and self._pooling is Pooling.NONE):
            raise ValueError(
                f"{self._model}: the output {self._output!r} has the shape {(1, *output.shape)}; "
                "choose another, or a pooling"
            )
        return np.asarray(output, np.float64)


def file_digest(model: Path) -> bytes:
    """SHA-256 over a model's file and over the files that hold its weights, if they lie outside it."""
    content = model.read_bytes()
    digest = hashlib.sha256(content)
    for location in external_files(content):
        with (model.parent / location).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.digest()

"""Weights as torch saves them, read without torch and without running what a pickle asks for.

Both layouts are read: the zip archive that ``torch.save`` writes since version 1.6, and the five pickles in a row that
it wrote before (``torch/serialization.py``: ``_load`` and ``_legacy_load``). Only ordered dictionaries and dense tensors
of common types are understood; every other name in the pickle is refused before anything is called.
"""

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

STORAGE_TYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


def read_state_dict(data: bytes, *, within: Sequence[str] = ()) -> dict[str, Array]:
    """Read named tensors from the bytes of a file that ``torch.save`` wrote.

    :param within: keys that lead to the state dict where the file holds more than one: ``("params_ema",)``.
    :returns: arrays of their own memory, in the order of the file.
    :raises ValueError: not such a file, damaged, or it holds something else than tensors.
    """
    try:
        content = (
            _read_archive(data) if zipfile.is_zipfile(io.BytesIO(data)) else _read_legacy(data)
        )
        for key in within:
            content = content[key]
        return _copied(content)
    except (pickle.UnpicklingError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"not weights that torch saved: {error}") from error
    # A damaged length may ask for more memory than there is.
    except (
        LookupError,
        TypeError,
        ArithmeticError,
        RuntimeError,
        AttributeError,
        MemoryError,
    ) as error:
        raise ValueError(f"the weights are damaged: {error!r}") from error


def _read_archive(data: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("the weights are compressed, which torch never does")
        names = archive.namelist()
        (pickled,) = (name for name in names if name.count("/") == 1 and name.endswith("/data.pkl"))
        folder = pickled.removesuffix("data.pkl")
        if f"{folder}byteorder" in names and archive.read(f"{folder}byteorder") != b"little":
            raise ValueError("the weights are of big-endian byte order")

        def storage(dtype: np.dtype[Any], key: str, count: int) -> Array:
            contents = archive.read(f"{folder}data/{key}")
            if len(contents) != count * dtype.itemsize:
                raise ValueError("a tensor's size does not fit its contents")
            return np.frombuffer(contents, dtype)

        return _Unpickler(io.BytesIO(archive.read(pickled)), storage).load()


def _read_legacy(data: bytes) -> Any:
    file = io.BytesIO(data)
    if _Unpickler(file).load() != LEGACY_MAGIC or _Unpickler(file).load() != LEGACY_PROTOCOL:
        raise pickle.UnpicklingError("wrong magic number")
    if not _Unpickler(file).load()["little_endian"]:
        raise ValueError("the weights are of big-endian byte order")
    storages: dict[str, Array] = {}

    def storage(dtype: np.dtype[Any], key: str, count: int) -> Array:
        # The contents follow the pickle: tensors are views of what is filled afterwards.
        if not 0 <= count * dtype.itemsize <= len(data):
            raise ValueError("a tensor's size does not fit its contents")
        return storages.setdefault(key, np.empty(count, dtype))

    content = _Unpickler(file, storage).load()
    for key in _Unpickler(file).load():
        _fill(storages[key], file)
    return content


def _fill(storage: Array, file: IO[bytes]) -> None:
    count = int.from_bytes(file.read(8), "little")
    if count != len(storage):
        raise ValueError("a tensor's size does not fit its contents")
    storage[:] = np.frombuffer(file.read(storage.nbytes), storage.dtype, count)


class _Unpickler(pickle.Unpickler):
    """Knows the few names that a state dict needs.

    :param storage: gives the contents of a storage from its type, key and number of elements.
    """

    def __init__(
        self, file: IO[bytes], storage: Callable[[np.dtype[Any], str, int], Array] | None = None
    ) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _rebuild_parameter
        if module == "torch" and name in STORAGE_TYPES:
            return np.dtype(STORAGE_TYPES[name])
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in weights")

    def persistent_load(self, pid: Any) -> Array:
        kind, dtype, key, _, count, *view = pid
        if self._storage is None or kind != "storage" or any(part is not None for part in view):
            raise pickle.UnpicklingError("an unknown kind of tensor storage")
        if not isinstance(dtype, np.dtype) or not isinstance(key, str):
            raise pickle.UnpicklingError("an unknown kind of tensor storage")
        return self._storage(dtype, key, int(count))


def _rebuild_tensor(
    storage: Array, offset: int, shape: Sequence[int], strides: Sequence[int], *_: object
) -> Array:
    """Take a view of a storage, never reaching outside it."""
    if len(shape) != len(strides) or min([offset, *shape, *strides], default=0) < 0:
        raise ValueError("a tensor's shape is not one")
    if math.prod(shape) == 0:
        return np.empty(shape, storage.dtype)
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if last >= len(storage) or math.prod(shape) > len(storage):
        raise ValueError("a tensor reaches outside its storage")
    in_bytes = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, in_bytes)


def _rebuild_parameter(tensor: Array, *_: object) -> Array:
    return tensor


def _copied(content: Any) -> dict[str, Array]:
    if not isinstance(content, Mapping):
        raise ValueError(f"expected named tensors, found {type(content).__name__}")
    for name, tensor in content.items():
        if not isinstance(name, str) or not isinstance(tensor, np.ndarray):
            raise ValueError(f"expected named tensors, found {type(tensor).__name__} at {name!r}")
    return {name: np.array(tensor, order="C") for name, tensor in content.items()}

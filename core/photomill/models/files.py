"""Finding the files of models."""

import os
from pathlib import Path

from photomill.errors import PluginUnavailable


def model_file(models_dir: Path, model: str, file: str) -> Path:
    """Find a file of a model, for ``open`` of a component.

    Where the model was not added, the folder of rembg is looked at too: its models serve under the names that it
    gives them.

    :param models_dir: ``OpenContext.models_dir``.
    :raises PluginUnavailable: it is nowhere.
    """
    path = models_dir / model / file
    if path.is_file():
        return path
    if file == f"{model}.onnx" and in_rembg_folder(model):
        return rembg_folder() / file
    raise PluginUnavailable(f"no model {model!r} here; run: photomill models add {model}")


def in_rembg_folder(model: str) -> bool:
    """Whether rembg has a model of a name."""
    return (rembg_folder() / f"{model}.onnx").is_file()


def rembg_folder() -> Path:
    """Where rembg keeps its models."""
    data = os.environ.get("XDG_DATA_HOME", "~")
    return Path(os.environ.get("U2NET_HOME") or Path(data, ".u2net")).expanduser()

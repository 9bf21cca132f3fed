"""Finding the files of models."""

import os
from pathlib import Path

from photomill.errors import PluginUnavailable


def model_file(models_dir: Path, model: str, file: str, *, rembg: Path | None = None) -> Path:
    """Find a file of a model, for ``open`` of a component.

    Where the model was not added, the folder of rembg is looked at too: its models serve under the names that it
    gives them.

    :param models_dir: ``OpenContext.models_dir``.
    :param rembg: that folder; None for where the environment says. Guarded processes are not told of the
        environment: what runs in them takes the folder from its options.
    :raises PluginUnavailable: it is nowhere.
    """
    path = models_dir / model / file
    if path.is_file():
        return path
    folder = rembg_folder() if rembg is None else rembg
    if file == f"{model}.onnx" and (folder / file).is_file():
        return folder / file
    raise PluginUnavailable(f"no model {model!r} here; run: photomill models add {model}")


def rembg_folder() -> Path:
    """Where rembg keeps its models."""
    data = os.environ.get("XDG_DATA_HOME", "~")
    return Path(os.environ.get("U2NET_HOME") or Path(data, ".u2net")).expanduser()

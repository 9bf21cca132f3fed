"""Finding the files of models."""

import os
from pathlib import Path

from photomill.components.model import Model
from photomill.errors import PluginUnavailable


def model_file(
    models_dir: Path | None, model: str | Model, file: str, *, rembg: Path | None = None
) -> Path:
    """Find a file of a model, for ``open`` of a component.

    Where the model was not added, the folder of rembg is looked at too: its models serve under the names that it
    gives them.

    :param models_dir: ``OpenContext.models_dir``.
    :param model: its name; or itself, so that the error can tell what brings one that is in no package.
    :param rembg: that folder; None for where the environment says. The sandbox is not told of the
        environment: what runs in it takes the folder from its options.
    :raises PluginUnavailable: it is nowhere.
    """
    name = model if isinstance(model, str) else model.name
    if models_dir is not None and (models_dir / name / file).is_file():
        return models_dir / name / file
    folder = rembg_folder() if rembg is None else rembg
    if file == f"{name}.onnx" and (folder / file).is_file():
        return folder / file
    advice = f"run: photomill models add {name}" if isinstance(model, str) else model.advice
    raise PluginUnavailable(f"no model {name!r} here; {advice}")


def rembg_folder() -> Path:
    """Where rembg keeps its models."""
    data = os.environ.get("XDG_DATA_HOME", "~")
    return Path(os.environ.get("U2NET_HOME") or Path(data, ".u2net")).expanduser()

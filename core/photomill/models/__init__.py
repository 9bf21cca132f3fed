"""Weights that do not come with the installation: what there is, where it comes from, and where it lies.

A plugin describes the models it can use by the hook ``register_models``, and finds a file in ``open`` with
:func:`model_file`; what it cannot do without it names in ``Component.models``. Nothing is downloaded but by ``photomill models add``.
"""

from photomill.components.model import Model, ModelFile, Package
from photomill.components.model_files import model_file, rembg_folder
from photomill.models.store import ModelStatus, ModelStore

__all__ = [
    "Model",
    "ModelFile",
    "ModelStatus",
    "ModelStore",
    "Package",
    "model_file",
    "rembg_folder",
]

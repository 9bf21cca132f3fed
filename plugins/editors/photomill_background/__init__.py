"""Tells foreground from background, and removes or blurs what is behind."""

from photomill.plugin import EditOperation, Model, hookimpl
from photomill_background.blur import SubjectSafeBlur
from photomill_background.grabcut import SaliencyForeground
from photomill_background.learned import NetworkForeground
from photomill_background.models import MODELS
from photomill_background.product import MaskImage, ProductShot
from photomill_background.removal import CleanRemoval
from photomill_background.subject_crop import SubjectCrop

__all__ = [
    "CleanRemoval",
    "MaskImage",
    "NetworkForeground",
    "ProductShot",
    "SaliencyForeground",
    "SubjectCrop",
    "SubjectSafeBlur",
]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [
        NetworkForeground,
        SaliencyForeground,
        SubjectSafeBlur,
        CleanRemoval,
        ProductShot,
        MaskImage,
        SubjectCrop,
    ]


@hookimpl
def register_models() -> list[Model]:
    return MODELS

"""Invents pixels and styles, without a model: from the image itself and from the statistics of another."""

from photomill.plugin import EditOperation, hookimpl
from photomill_generative.outpainting import Outpainting
from photomill_generative.style_transfer import StatisticalStyle

__all__ = ["Outpainting", "StatisticalStyle"]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [Outpainting, StatisticalStyle]

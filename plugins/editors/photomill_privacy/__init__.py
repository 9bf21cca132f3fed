"""Finds faces and number plates."""

from photomill import hookimpl
from photomill.models import Model
from photomill_privacy.models import MODELS


@hookimpl
def register_models() -> list[Model]:
    return MODELS

"""Tells faces of one person from those of others."""

from photomill.plugin import FaceRecogniser, Model, hookimpl
from photomill_people.models import MODELS
from photomill_people.recogniser import People

__all__ = ["People"]


@hookimpl
def register_face_recognisers() -> list[type[FaceRecogniser]]:
    return [People]


@hookimpl
def register_models() -> list[Model]:
    return MODELS

"""Tells faces of one person from those of others."""

from photomill.plugin import FaceRecogniser, Model, hookimpl
from photomill_faces.model import MTCNN
from photomill_people.model import FACES
from photomill_people.recogniser import People

__all__ = ["People"]


@hookimpl
def register_face_recognisers() -> list[type[FaceRecogniser]]:
    return [People]


@hookimpl
def register_models() -> list[Model]:
    return [MTCNN, FACES]

"""The best way to find faces that is here."""

from pathlib import Path

from photomill.plugin import PluginUnavailable
from photomill_faces.cascades import HaarFaces
from photomill_faces.faces import FaceDetector
from photomill_faces.mtcnn import Mtcnn

_LONGEST_SIDE = 640
"""Of the copy that is looked at: faces that matter to a whole image are seen in it."""
_SMALLEST = 24.0
_CONFIDENCE = 0.95


def any_detector(models_dir: Path | None) -> FaceDetector | None:
    """MTCNN where it was added, else OpenCV's cascades; None where there is neither."""
    try:
        return Mtcnn(
            models_dir, longest_side=_LONGEST_SIDE, smallest=_SMALLEST, confidence=_CONFIDENCE
        )
    except (PluginUnavailable, ImportError):
        return _bundled()


def _bundled() -> FaceDetector | None:
    try:
        return HaarFaces()
    except PluginUnavailable:
        return None

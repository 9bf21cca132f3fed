"""Finding faces by MTCNN: proposals over a pyramid, refined twice."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import PluginUnavailable, RasterPixels, model_file
from photomill_faces.faces import Face, Landmarks, largest_first
from photomill_faces.model import MTCNN
from photomill_faces.mtcnn_networks import output_model, proposal_model, refinement_model
from photomill_networks.runtime import open_session
from photomill_networks.state_dict import read_state_dict

Boxes = NDArray[np.float32]
"""Of shape (n, 4): left, top, right, bottom."""

_CELL, _STRIDE = 12, 2
"""The window of P-Net in pixels, and the step between two."""
_FACTOR = 0.709
"""Between two levels of the pyramid; its square is a half."""
_THRESHOLDS = (0.6, 0.7, 0.7)
_BATCH = 256


class Mtcnn:
    """The three networks, open; may be asked by many threads at once."""

    def __init__(
        self, models_dir: Path | None, *, longest_side: int, smallest: float, confidence: float
    ) -> None:
        """
        :param longest_side: of the copy that is looked at, in pixels.
        :param smallest: face, in pixels of that copy.
        :param confidence: of what counts as a face, 0 to 1.
        :raises PluginUnavailable: the weights are missing or damaged.
        """
        self._proposal = _open(models_dir, "pnet.pt", proposal_model)
        self._refinement = _open(models_dir, "rnet.pt", refinement_model)
        self._output = _open(models_dir, "onet.pt", output_model)
        self._longest_side = longest_side
        self._smallest = smallest
        self._confidence = confidence

    def faces(self, rgb: RasterPixels) -> list[Face]:
        """The faces of an image, the largest first.

        :param rgb: of shape (h, w, 3), any size.
        """
        import cv2

        scale = min(1.0, self._longest_side / max(rgb.shape[:2]))
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        small = np.asarray(
            cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA), np.uint8
        )
        boxes = self._refined(small, self._proposed(small))
        found = [face.scaled(1 / scale) for face in self._output_faces(small, boxes)]
        return largest_first(face for face in found if face.confidence >= self._confidence)

    def _proposed(self, rgb: RasterPixels) -> Boxes:
        found = [np.empty((0, 9), np.float32)]
        height, width = rgb.shape[:2]
        scale = _CELL / self._smallest
        while min(height, width) * scale >= _CELL:
            found.append(self._proposed_at(rgb, scale))
            scale *= _FACTOR
        proposals = np.concatenate(found)
        proposals = proposals[_kept(proposals[:, :4], proposals[:, 4], 0.7)]
        return _squares(_moved(proposals[:, :4], proposals[:, 5:], 0))

    def _proposed_at(self, rgb: RasterPixels, scale: float) -> NDArray[np.float32]:
        """Boxes, scores and offsets of one level: (n, 9)."""
        height, width = rgb.shape[:2]
        level = _prepared(rgb, int(width * scale + 1), int(height * scale + 1))
        answer = self._proposal.run(["probability", "offsets"], {"pixels": level[np.newaxis]})
        probability, offsets = answer[0][0, 1], answer[1][0]
        rows, columns = np.nonzero(probability >= _THRESHOLDS[0])
        corner = np.stack([columns, rows], axis=-1) * _STRIDE
        boxes = np.hstack(
            [np.floor((corner + 1) / scale), np.floor((corner + _CELL) / scale)]
        ).astype(np.float32)
        scores = probability[rows, columns]
        proposals = np.hstack([boxes, scores[:, np.newaxis], offsets[:, rows, columns].T])
        return np.asarray(proposals[_kept(boxes, scores, 0.5)], np.float32)

    def _refined(self, rgb: RasterPixels, boxes: Boxes) -> Boxes:
        probability, offsets = _asked(
            self._refinement, ["probability", "offsets"], _crops(rgb, boxes, 24)
        )
        passed = probability[:, 1] > _THRESHOLDS[1]
        boxes, scores, offsets = boxes[passed], probability[passed, 1], offsets[passed]
        kept = _kept(boxes, scores, 0.7)
        return _squares(_moved(boxes[kept], offsets[kept], 1))

    def _output_faces(self, rgb: RasterPixels, boxes: Boxes) -> list[Face]:
        probability, offsets, points = _asked(
            self._output, ["probability", "offsets", "points"], _crops(rgb, boxes, 48)
        )
        passed = probability[:, 1] > _THRESHOLDS[2]
        boxes, scores = boxes[passed], probability[passed, 1]
        size = boxes[:, 2:] - boxes[:, :2] + 1
        columns = points[passed, :5] * size[:, :1] + boxes[:, :1] - 1
        rows = points[passed, 5:] * size[:, 1:] + boxes[:, 1:2] - 1
        moved = _moved(boxes, offsets[passed], 1)
        return [
            _face(moved[each], float(scores[each]), columns[each], rows[each])
            for each in _kept(moved, scores, 0.5)
        ]


def _face(box: Any, score: float, columns: Any, rows: Any) -> Face:
    left, top, right, bottom = (float(value) for value in box)
    return Face(left, top, right, bottom, score, Landmarks.of(columns, rows))


def _open(models_dir: Path | None, file: str, build: Any) -> Any:
    data = model_file(models_dir, MTCNN, file).read_bytes()
    try:
        return open_session(build(read_state_dict(data)))
    except (ValueError, KeyError) as error:
        raise PluginUnavailable(f"the model mtcnn is damaged: {file}: {error}") from error


def _asked(session: Any, outputs: list[str], crops: NDArray[np.float32]) -> list[Any]:
    """Run a network over crops, some at a time."""
    widths = {"probability": 2, "offsets": 4, "points": 10}
    parts = [
        session.run(outputs, {"pixels": crops[start : start + _BATCH]})
        for start in range(0, len(crops), _BATCH)
    ]
    if not parts:
        return [np.empty((0, widths[name]), np.float32) for name in outputs]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _crops(rgb: RasterPixels, boxes: Boxes, side: int) -> NDArray[np.float32]:
    """What is in the boxes, black beyond the image: (n, 3, side, side)."""
    crops = np.empty((len(boxes), 3, side, side), np.float32)
    for index, box in enumerate(boxes):
        crops[index] = _prepared(_cut(rgb, box), side, side)
    return crops


def _cut(rgb: RasterPixels, box: NDArray[np.float32]) -> RasterPixels:
    left, top, right, bottom = (int(value) for value in np.trunc(box))
    cut = np.zeros((max(1, bottom - top + 1), max(1, right - left + 1), 3), np.uint8)
    rows = slice(max(0, top), min(rgb.shape[0], bottom + 1))
    columns = slice(max(0, left), min(rgb.shape[1], right + 1))
    if rows.start < rows.stop and columns.start < columns.stop:
        inside = rgb[rows, columns]
        first, second = rows.start - top, columns.start - left
        cut[first : first + inside.shape[0], second : second + inside.shape[1]] = inside
    return cut


def _prepared(rgb: RasterPixels, width: int, height: int) -> NDArray[np.float32]:
    """(3, height, width), about -1 to 1."""
    import cv2

    resized = cv2.resize(np.ascontiguousarray(rgb), (width, height), interpolation=cv2.INTER_AREA)
    normal = (resized.astype(np.float32) - 127.5) * 0.0078125
    return np.ascontiguousarray(normal.transpose(2, 0, 1))


def _moved(boxes: Boxes, offsets: NDArray[np.float32], inclusive: int) -> Boxes:
    """Boxes with offsets applied, which are shares of their size."""
    size = np.tile(boxes[:, 2:] - boxes[:, :2] + inclusive, 2)
    return np.asarray(boxes + offsets * size, np.float32)


def _squares(boxes: Boxes) -> Boxes:
    """Squares around the same centres, as long as the longer sides."""
    size = boxes[:, 2:] - boxes[:, :2]
    side = size.max(axis=1, initial=0, keepdims=True)
    corner = boxes[:, :2] + size / 2 - side / 2
    return np.hstack([corner, corner + side]).astype(np.float32)


def _kept(boxes: Boxes, scores: NDArray[np.float32], overlap: float) -> NDArray[np.intp]:
    """The boxes that no better one covers: their positions, the best first."""
    import cv2

    if not len(boxes):
        return np.empty(0, np.intp)
    sized = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    kept = cv2.dnn.NMSBoxes(sized.tolist(), scores.astype(float).tolist(), 0.0, overlap)
    return np.asarray(kept, np.intp).reshape(-1)

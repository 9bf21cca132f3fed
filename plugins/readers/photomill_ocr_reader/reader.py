"""Lines found by one network and read by another."""

from collections.abc import Sequence
from typing import ClassVar

from attrs import field, frozen, validators

from photomill.plugin import Image, OpenContext, TextLine, TextReader
from photomill_ocr.detecting import TextDetector
from photomill_ocr.lines import TextBox, reading_order
from photomill_ocr.model import OCR, open_detector, open_recogniser
from photomill_ocr.recognising import Reading, TextRecogniser

_SURE_OF_ONE = 0.9
"""The confidence from which a line of a single character counts: textures look like one more often than texts do."""


@frozen
class OcrReaderOptions:
    """
    :ivar shorter_side: of the copy in which lines are looked for, in pixels; smaller images are enlarged.
    :ivar longest_side: that it has at most.
    :ivar confidence: from which a line counts, 0 to 1.
    """

    shorter_side: int = field(default=736, validator=validators.ge(96))
    longest_side: int = field(default=2048, validator=validators.ge(96))
    confidence: float = field(
        default=0.75, validator=validators.and_(validators.ge(0), validators.le(1))
    )


class OcrReader(TextReader):
    """Reads printed English and Chinese, level or from top to bottom; accents are lost, and now and then a space."""

    name = "ocr"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnxruntime")
    extra = "opencv-contrib-python-headless"
    models = (OCR,)
    Options = OcrReaderOptions

    _detector: TextDetector
    _recogniser: TextRecogniser

    def open(self, context: OpenContext) -> None:
        super().open(context)
        self._detector = open_detector(context.models_dir)
        self._recogniser = open_recogniser(context.models_dir)

    @property
    def decode_side(self) -> int:
        # Lines are read in the image itself, where small ones are sharper.
        return 2 * int(self.options.shorter_side)

    def _read(self, image: Image) -> Sequence[TextLine]:
        height, width = image.pixels.shape[:2]
        scale = min(
            self.options.shorter_side / min(height, width),
            self.options.longest_side / max(height, width),
        )
        boxes = self._detector.boxes(image.pixels, scale)
        boxes = [boxes[place] for place in reading_order(boxes)]
        readings = self._recogniser.read(image.pixels, boxes)
        lines = zip(boxes, readings, strict=True)
        return [
            _line(box, reading, width, height) for box, reading in lines if self._counts(reading)
        ]

    def _counts(self, reading: Reading) -> bool:
        text = reading.text.strip()
        floor = _SURE_OF_ONE if len(text) == 1 else 0.0
        return bool(text) and reading.confidence >= max(floor, self.options.confidence)


def _line(box: TextBox, reading: Reading, width: int, height: int) -> TextLine:
    (left, top), (right, bottom) = box.corners.min(axis=0), box.corners.max(axis=0)
    return TextLine(
        reading.text.strip(),
        min(reading.confidence, 1.0),
        float(left) / width,
        float(top) / height,
        float(right - left) / width,
        float(bottom - top) / height,
    )

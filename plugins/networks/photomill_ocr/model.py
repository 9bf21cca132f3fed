"""The networks that find and read text, and where they come from."""

from pathlib import Path

from photomill.plugin import Model, ModelFile, Package, PluginUnavailable, model_file
from photomill_networks.runtime import open_session
from photomill_ocr.detecting import TextDetector
from photomill_ocr.recognising import TextRecogniser

OCR = Model(
    name="ocr",
    task="find and read text in images",
    licence="Apache-2.0",
    package=Package("rapidocr-onnxruntime", "1.4.4"),
    files=(
        ModelFile(
            "detection.onnx",
            "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
            4_745_517,
            "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
        ),
        ModelFile(
            "recognition.onnx",
            "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
            10_857_958,
            "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
        ),
    ),
    source="https://github.com/RapidAI/RapidOCR",
)


def open_detector(models_dir: Path | None) -> TextDetector:
    """Open the network that finds text.

    :raises PluginUnavailable: the model was not added, or is damaged.
    """
    path = model_file(models_dir, OCR, "detection.onnx")
    try:
        return TextDetector(open_session(path))
    except ValueError as error:
        raise PluginUnavailable(f"{path}: {error}") from error


def open_recogniser(models_dir: Path | None) -> TextRecogniser:
    """Open the network that reads text.

    :raises PluginUnavailable: the model was not added, or is damaged.
    """
    path = model_file(models_dir, OCR, "recognition.onnx")
    try:
        return TextRecogniser(open_session(path))
    except ValueError as error:
        raise PluginUnavailable(f"{path}: {error}") from error

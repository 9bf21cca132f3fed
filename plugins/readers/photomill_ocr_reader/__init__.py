"""Reads the text in images by PP-OCRv4."""

from photomill.plugin import Model, TextReader, hookimpl
from photomill_ocr.model import OCR
from photomill_ocr_reader.reader import OcrReader

__all__ = ["OcrReader"]


@hookimpl
def register_text_readers() -> list[type[TextReader]]:
    return [OcrReader]


@hookimpl
def register_models() -> list[Model]:
    return [OCR]

"""Importing folders of pictures into a collection."""

from photomill.importing.importer import ImportFailure, ImportOptions, ImportReport, import_images
from photomill.sources.walking import FoundFile, find_images

__all__ = [
    "FoundFile",
    "ImportFailure",
    "ImportOptions",
    "ImportReport",
    "find_images",
    "import_images",
]

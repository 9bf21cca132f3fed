"""Importing folders of pictures into a collection."""

from photomill.importing.importer import Failure, ImportOptions, ImportReport, import_pictures
from photomill.sources.walking import FoundFile, find_pictures

__all__ = [
    "Failure",
    "FoundFile",
    "ImportOptions",
    "ImportReport",
    "find_pictures",
    "import_pictures",
]

"""Importing folders of pictures into a collection."""

from photomill.importing.importer import ImportFailure, ImportOptions, ImportReport, import_pictures
from photomill.sources.walking import FoundFile, find_pictures

__all__ = [
    "FoundFile",
    "ImportFailure",
    "ImportOptions",
    "ImportReport",
    "find_pictures",
    "import_pictures",
]

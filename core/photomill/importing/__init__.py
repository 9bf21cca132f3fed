"""Importing folders of pictures into a collection."""

from photomill.importing.importer import Failure, ImportOptions, ImportReport, import_pictures
from photomill.importing.names import escaped, unescaped
from photomill.importing.remote import FoundObject, find_objects
from photomill.importing.walking import FoundFile, find_pictures

__all__ = [
    "Failure",
    "FoundFile",
    "FoundObject",
    "ImportOptions",
    "ImportReport",
    "escaped",
    "find_objects",
    "find_pictures",
    "import_pictures",
    "unescaped",
]

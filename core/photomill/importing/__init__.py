"""Importing folders of images into a collection."""

from photomill.importing.file_moves import (
    FileToMove,
    files_of_clusters,
    files_of_dropped,
    move_files,
)
from photomill.importing.importer import ImportFailure, ImportOptions, ImportReport, import_images
from photomill.importing.importing import Importing
from photomill.importing.job import IMPORT, MOST_OF_A_UNIT
from photomill.importing.move_report import FileMove, FileNotMoved, MoveReport
from photomill.importing.remote import FoundObject, find_objects
from photomill.importing.undo_file import undo_collection
from photomill.importing.undoing import undo_moves
from photomill.importing.watching import FolderChanges, FolderWatch
from photomill.sources.walking import FoundFile, find_images

__all__ = [
    "IMPORT",
    "MOST_OF_A_UNIT",
    "FileMove",
    "FileNotMoved",
    "FileToMove",
    "FolderChanges",
    "FolderWatch",
    "FoundFile",
    "FoundObject",
    "ImportFailure",
    "ImportOptions",
    "ImportReport",
    "Importing",
    "MoveReport",
    "files_of_clusters",
    "files_of_dropped",
    "find_images",
    "find_objects",
    "import_images",
    "move_files",
    "undo_collection",
    "undo_moves",
]

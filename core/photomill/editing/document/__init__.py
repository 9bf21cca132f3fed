"""Edits as JSON documents, which HTTP, the command line and jobs share."""

from photomill.editing.document.document import EditDocument, edit_document
from photomill.editing.document.faults import InvalidDocument

__all__ = ["EditDocument", "InvalidDocument", "edit_document"]

"""Record attributes as typed columns, so that a filter tests a million records in milliseconds."""

from photomill.columns.columns import Columns

__all__ = ["Columns"]

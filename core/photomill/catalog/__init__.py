"""The catalog: everything durable, in SQLite or PostgreSQL. What is in memory can be rebuilt from it."""

from photomill.catalog.catalog import Catalog, insert_new, rows_among

__all__ = ["Catalog", "insert_new", "rows_among"]

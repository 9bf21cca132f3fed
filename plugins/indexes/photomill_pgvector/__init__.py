"""An index in PostgreSQL: pgvector's graph over half-precision vectors, and attributes as JSON."""

from photomill.plugin import Index, hookimpl
from photomill_pgvector.index import PgvectorIndex
from photomill_pgvector.options import PgvectorOptions

__all__ = ["PgvectorIndex", "PgvectorOptions", "register_indexes"]


@hookimpl
def register_indexes() -> list[type[Index]]:
    return [PgvectorIndex]

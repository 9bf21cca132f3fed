"""What the index can be told."""

from attrs import field, frozen, validators


@frozen
class PgvectorOptions:
    """
    :ivar url: of a database with pgvector, ``postgresql+psycopg://user:password@host/database``; empty for the catalog's
        own.
    :ivar m: neighbours of each vector in the graph.
    :ivar ef_construction: how hard the graph looks for them when it is built.
    :ivar ef_search: how many vectors a search keeps in sight.
    :ivar build_memory: MiB that building may take; a graph that does not fit is built far slower.
    :ivar build_from: records from which a graph is worth it; below, all are measured.
    """

    url: str = field(default="", repr=False)
    m: int = field(default=16, validator=[validators.ge(4), validators.le(100)])
    ef_construction: int = field(default=100, validator=[validators.ge(8), validators.le(1000)])
    ef_search: int = field(default=100, validator=[validators.ge(50), validators.le(1000)])
    build_memory: int = field(default=512, validator=[validators.ge(16), validators.le(1 << 20)])
    build_from: int = field(default=10_000, validator=validators.ge(1000))

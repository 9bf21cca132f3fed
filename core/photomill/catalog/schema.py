"""The catalog's tables."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives only INTEGER PRIMARY KEY columns a row id of their own.
Serial = BigInteger().with_variant(Integer, "sqlite")

catalog_identity = Table(
    "catalog_identity",
    metadata,
    # One row, made with the catalog: what tells it from every other.
    Column("id", String(36), primary_key=True),
)

collections = Table(
    "collections",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("embedder", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("index_name", Text, nullable=False),
    Column("product_field", Text, nullable=False),
    Column("max_records", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    # Grows by one with every transaction that changes a record.
    Column("sequence", BigInteger, nullable=False),
    # Grows when records went without a trace in `deletions`, so that whoever follows reads anew.
    Column("epoch", BigInteger, nullable=False),
)

records = Table(
    "records",
    metadata,
    # Never used twice, and growing in the order of insertion within a collection.
    Column("serial", Serial, primary_key=True, autoincrement=True),
    Column(
        "collection_id",
        String(36),
        ForeignKey("collections.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("id", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("perceptual_hash", BigInteger),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("format", String(8), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    UniqueConstraint("collection_id", "id"),
    Index(None, "collection_id", "sequence"),
    Index(None, "collection_id", "serial"),
    sqlite_autoincrement=True,
)

# Of records that had a picture; what was inserted by a version before it has none.
signatures = Table(
    "signatures",
    metadata,
    Column(
        "serial",
        BigInteger,
        ForeignKey("records.serial", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    # Eight of 64 bits each, the picture turned and mirrored.
    Column("hashes", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

deletions = Table(
    "deletions",
    metadata,
    Column(
        "collection_id",
        String(36),
        ForeignKey("collections.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Index(None, "collection_id", "sequence"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("collections", Text),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("hint", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("revoked", Float),
    # What it was given for, where somebody let a program in; NULL for keys that were made outright.
    Column("grant_id", Text, index=True),
)

redeemed_grants = Table(
    "redeemed_grants",
    metadata,
    Column("id", Text, primary_key=True),
    # After which the grant is refused for its age.
    Column("expires", Float, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("key_id", String(36), ForeignKey("keys.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)

storages = Table(
    "storages",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    # Whose it is; empty for the operator's.
    Column("owner", Text, nullable=False),
    Column("name", String(50), nullable=False),
    Column("type", String(20), nullable=False),
    Column("parameters", Text, nullable=False),
    # Encrypted; empty for a storage that has none.
    Column("secret", Text, nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    UniqueConstraint("owner", "name"),
    sqlite_autoincrement=True,
)

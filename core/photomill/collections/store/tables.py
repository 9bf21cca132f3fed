"""The tables of collections and their records."""

from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from photomill.catalog.schema import Serial, metadata

ROWS_AT_ONCE = 2000
"""Rows that are read of many at a time."""

encode_attributes = msgspec.json.Encoder().encode
decode_attributes = msgspec.json.Decoder().decode
"""A record's attributes are kept as JSON."""


def _of_collection(*, primary_key: bool = False, index: bool = False) -> "Column[str]":
    """Whose a row is: it goes with its collection."""
    return Column(
        "collection_id",
        String(36),
        ForeignKey("collections.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        index=index or None,
    )


def _of_record() -> "Column[int]":
    """What a row tells more of: it goes with its record."""
    return Column(
        "serial",
        BigInteger,
        ForeignKey("records.serial", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


def _contents() -> "list[Column[Any]]":
    """What a record is, wherever it is kept."""
    return [
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
    ]


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
    # Whether thumbnails are made of what is inserted.
    Column("thumbnails", Boolean, nullable=False, server_default=false()),
    # Whether the text in images that are inserted is read.
    Column("texts", Boolean, nullable=False, server_default=false()),
    # The fingerprint of what knows people by their faces; empty where nobody is looked for.
    Column("recogniser", Text, nullable=False, server_default=""),
    # Grows when people are forgotten: faces that were found before are not stored after.
    Column("people_epoch", BigInteger, nullable=False, server_default="0"),
)

records = Table(
    "records",
    metadata,
    # Never used twice, and growing in the order of insertion within a collection.
    Column("serial", Serial, primary_key=True, autoincrement=True),
    _of_collection(),
    *_contents(),
    Column("sequence", BigInteger, nullable=False),
    UniqueConstraint("collection_id", "id"),
    Index(None, "collection_id", "sequence"),
    Index(None, "collection_id", "serial"),
    sqlite_autoincrement=True,
)

# Of records that had an image; what was inserted by a version before it has none.
signatures = Table(
    "signatures",
    metadata,
    _of_record(),
    # Eight of 64 bits each, the image turned and mirrored.
    Column("hashes", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# Of records that had an image or an embedder that knows things by name; see `collections.sight`.
sights = Table(
    "sights",
    metadata,
    _of_record(),
    Column("classes", LargeBinary, nullable=False),
    Column("colours", LargeBinary, nullable=False),
)

# Of records whose images were read, be there any text in them or none; see `collections.texts`.
texts = Table(
    "texts",
    metadata,
    _of_record(),
    Column("text", Text, nullable=False),
    Column("kind", String(16), nullable=False),
)

deletions = Table(
    "deletions",
    metadata,
    _of_collection(primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Index(None, "collection_id", "sequence"),
)

# Records that were dropped, whole, until the list of them is emptied. A restored one gets its old serial.
dropped_records = Table(
    "dropped_records",
    metadata,
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(),
    *_contents(),
    # As in `signatures`; null where the record has none.
    Column("hashes", LargeBinary),
    Column("signature", LargeBinary),
    Column("classes", LargeBinary),
    Column("colours", LargeBinary),
    Column("text", Text),
    Column("kind", String(16)),
    Column("dropped", Float, nullable=False),
    Index(None, "collection_id", "id"),
    Index(None, "collection_id", "dropped"),
)

# Near-duplicates that somebody looked at and keeps all of: no two of one review are shown together again.
# Serials may be of records that were dropped since, or are gone.
reviews = Table(
    "reviews",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(index=True),
)

# What jobs found that compared all records of a collection whose vectors are not in memory.
duplicate_passes = Table(
    "duplicate_passes",
    metadata,
    # Of the job; it is forgotten earlier.
    Column("job", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(index=True),
    # What was asked for; the filter as JSON, empty for none.
    Column("radius", Float, nullable=False),
    Column("filter", Text, nullable=False),
    Column("strict", Integer, nullable=False),
    # The serial of the last record that was there.
    Column("last", BigInteger, nullable=False),
    # Pairs found, of which the nearest are kept.
    Column("total", BigInteger, nullable=False),
    Column("uncompared", BigInteger, nullable=False),
    # Whether neighbours were looked for in place of all pairs.
    Column("approximate", Integer, nullable=False),
    Column("finished", Float, nullable=False),
)

duplicate_pairs = Table(
    "duplicate_pairs",
    metadata,
    Column("job", BigInteger, primary_key=True, autoincrement=False),
    Column("part", BigInteger, primary_key=True, autoincrement=False),
    # Serials, the lesser first.
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("second", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(index=True),
    Column("distance", Float, nullable=False),
    Column("kind", String(12), nullable=False),
    Index(None, "job", "distance"),
)

# Folders that images were imported from: files are moved only out of these.
imported_folders = Table(
    "imported_folders",
    metadata,
    _of_collection(primary_key=True),
    Column("path", Text, primary_key=True),
    # Whether it was imported itself; else files of it were that were named themselves.
    Column("searched", Boolean, nullable=False, server_default=true()),
)

# Vectors of another version of the embedder, of records and dropped ones, until the collection is of that version.
converted_vectors = Table(
    "converted_vectors",
    metadata,
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(index=True),
    Column("fingerprint", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

# Of records, dropped ones too, whose thumbnails are in the storage. Each file has a name of its own, for ever.
thumbnails = Table(
    "thumbnails",
    metadata,
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(index=True),
    Column("token", String(32), nullable=False, unique=True),
    Column("bytes", Integer, nullable=False),
)

# Whom the faces of a collection belong to. Without a name until somebody gives one.
people = Table(
    "people",
    metadata,
    # Never used twice.
    Column("number", Serial, primary_key=True, autoincrement=True),
    _of_collection(),
    Column("name", Text, nullable=False),
    # Of the last change by which this one lost faces, or got others'; new faces do not count.
    Column("sequence", BigInteger, nullable=False, server_default="0"),
    Index(None, "collection_id", "sequence"),
    sqlite_autoincrement=True,
)

# Faces of records, dropped ones too.
faces = Table(
    "faces",
    metadata,
    # Never used twice, and growing in the order of insertion within a collection.
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("serial", BigInteger, nullable=False, index=True),
    _of_collection(),
    Column("person", BigInteger, ForeignKey("people.number"), nullable=False, index=True),
    # Shares of the image's sides.
    Column("left", Float, nullable=False),
    Column("top", Float, nullable=False),
    Column("width", Float, nullable=False),
    Column("height", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    # A JPEG file, for showing.
    Column("crop", LargeBinary, nullable=False),
    Index(None, "collection_id", "number"),
    sqlite_autoincrement=True,
)

# Of whom somebody said that it is not this person.
face_rejections = Table(
    "face_rejections",
    metadata,
    Column(
        "face",
        BigInteger,
        ForeignKey("faces.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "person",
        BigInteger,
        ForeignKey("people.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
)

# Records, dropped ones too, whose faces were looked for, be there any or none.
face_searches = Table(
    "face_searches",
    metadata,
    Column("serial", BigInteger, primary_key=True, autoincrement=False),
    _of_collection(index=True),
)

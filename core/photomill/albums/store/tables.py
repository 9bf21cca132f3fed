"""The catalog's tables of owners, brands, groups and photos."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from photomill.catalog.schema import metadata


def _reference(name: str, target: str) -> Column[str]:
    return Column(name, String(36), ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=False)


owners = Table(
    "owners",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("primary_brand", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("created", Float, nullable=False),
)

brands = Table(
    "brands",
    metadata,
    Column("id", String(36), primary_key=True),
    _reference("owner_id", "owners"),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    # The same folded, so that it is unique whatever its case and composition.
    Column("slug_key", Text, nullable=False, unique=True),
    Column("details", Text, nullable=False),
    Column("created", Float, nullable=False),
    Index(None, "owner_id"),
)

# Every token there ever was: none is given out twice.
group_tokens = Table(
    "group_tokens",
    metadata,
    Column("token", String(12), primary_key=True),
    Column("token_key", String(12), nullable=False, index=True),
    Column("group_id", String(36), nullable=False),
)

groups = Table(
    "groups",
    metadata,
    Column("id", String(36), primary_key=True),
    _reference("owner_id", "owners"),
    Column("brand_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("token", String(12), nullable=False, unique=True),
    Column("happened", BigInteger, nullable=False),
    Column("thumb", Text, nullable=False),
    Column("hidden", Integer, nullable=False),
    Column("password", Text, nullable=False),
    Column("expires", Float),
    Column("uploading", Float),
    Column("details", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("deleted", Float),
    Index(None, "owner_id", "happened"),
    Index(None, "brand_id", "happened"),
)

photos = Table(
    "photos",
    metadata,
    Column("id", String(36), primary_key=True),
    _reference("group_id", "groups"),
    _reference("owner_id", "owners"),
    Column("state", String(8), nullable=False),
    # A hash of the upload address's random part.
    Column("secret", LargeBinary, unique=True),
    Column("expires", Float),
    # Who receives a file for it now, and until when nobody else may.
    Column("receiver", String(36)),
    Column("received_until", Float),
    Column("sort_name", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("format", String(8), nullable=False),
    Column("mean_colour", String(7), nullable=False),
    # Of the original's bytes, SHA-256.
    Column("digest", LargeBinary),
    Column("uploaded", Float),
    Column("captured", Float),
    # By how many seconds the camera's clock was ahead of UTC.
    Column("captured_offset", Float),
    # Where the owner put it in the group; NULL sorts behind, by name.
    Column("position", Integer),
    Column("favourite", Integer, nullable=False),
    Column("duplicate_of", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("deleted", Float),
    Index(None, "group_id", "state"),
    Index(None, "owner_id", "digest"),
    Index(None, "state", "expires"),
)

# What the public view of a group offers, where its owner chose.
share_options = Table(
    "share_options",
    metadata,
    Column("group_id", String(36), ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("downloads", String(8), nullable=False),
    Column("watermark", Integer, nullable=False),
    Column("favourites", Integer, nullable=False),
    Column("message", Text, nullable=False),
)

visitors = Table(
    "visitors",
    metadata,
    Column("id", String(36), primary_key=True),
    _reference("group_id", "groups"),
    # A hash of what the visitor's browser keeps.
    Column("secret", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("sent", Float),
    Index(None, "group_id", "secret", unique=True),
)

favourites = Table(
    "favourites",
    metadata,
    Column(
        "visitor_id", String(36), ForeignKey("visitors.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("photo_id", String(36), ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True),
    Column("created", Float, nullable=False),
    Index(None, "photo_id"),
)

# Whose file a path is: paths are looked up when somebody opens one, and files are shared by copies of a photo.
album_files = Table(
    "album_files",
    metadata,
    Column("path", String(64), primary_key=True),
    _reference("photo_id", "photos"),
    Column("kind", String(24), nullable=False),
    Column("storage_key", Text, nullable=False, index=True),
    Index(None, "photo_id"),
)

zips = Table(
    "zips",
    metadata,
    Column("id", String(43), primary_key=True),
    _reference("owner_id", "owners"),
    Column("group_id", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("entries", Text, nullable=False),
    Column("left_out", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("error", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("storage_key", Text, nullable=False, index=True),
    Column("bytes", BigInteger, nullable=False),
    Column("downloads", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("finished", Float),
    Column("expires", Float, nullable=False, index=True),
    Index(None, "owner_id"),
)

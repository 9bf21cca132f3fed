"""The tables of keys."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
)

from photomill.catalog.schema import metadata

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

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column(
        "key_id",
        String(36),
        ForeignKey("keys.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("key_id", String(36), ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("expires", Float, nullable=False),
)

rates = Table(
    "rates",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("caller", String(100), primary_key=True),
    Column("level", Float, nullable=False),
    Column("since", Float, nullable=False),
)

"""Owners, brands, groups, photos and zips."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _owners()
    _groups()
    _photos()
    _zips()


def _owners() -> None:
    op.create_table(
        "owners",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("primary_brand", sa.Text, nullable=False),
        sa.Column("collection", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
    )
    op.create_table(
        "brands",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("vanity_url", sa.Text, nullable=False),
        sa.Column("vanity_key", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_brands"),
        sa.UniqueConstraint("vanity_key", name="uq_brands_vanity_key"),
        _reference("brands", "owner_id", "owners"),
    )
    op.create_index("ix_brands_owner_id", "brands", ["owner_id"])


def _groups() -> None:
    op.create_table(
        "group_tokens",
        sa.Column("token", sa.String(12), nullable=False),
        sa.Column("token_key", sa.String(12), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_group_tokens"),
    )
    op.create_index("ix_group_tokens_token_key", "group_tokens", ["token_key"])
    op.create_table(
        "groups",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("brand_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token", sa.String(12), nullable=False),
        sa.Column("happened", sa.BigInteger, nullable=False),
        sa.Column("thumb", sa.Text, nullable=False),
        sa.Column("hidden", sa.Integer, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("expires", sa.Float),
        sa.Column("uploading", sa.Float),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.Column("deleted", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("token", name="uq_groups_token"),
        _reference("groups", "owner_id", "owners"),
    )
    op.create_index("ix_groups_owner_id_happened", "groups", ["owner_id", "happened"])
    op.create_index("ix_groups_brand_id_happened", "groups", ["brand_id", "happened"])


def _photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("expires", sa.Float),
        sa.Column("receiver", sa.String(36)),
        sa.Column("received_until", sa.Float),
        sa.Column("sort_order", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("hue", sa.String(7), nullable=False),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("uploaded", sa.Float),
        sa.Column("taken", sa.Float),
        sa.Column("souvenir", sa.Integer, nullable=False),
        sa.Column("duplicate_of", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.Column("deleted", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_photos"),
        sa.UniqueConstraint("secret", name="uq_photos_secret"),
        _reference("photos", "group_id", "groups"),
        _reference("photos", "owner_id", "owners"),
    )
    op.create_index("ix_photos_group_id_state", "photos", ["group_id", "state"])
    op.create_index("ix_photos_owner_id_digest", "photos", ["owner_id", "digest"])
    op.create_index("ix_photos_state_expires", "photos", ["state", "expires"])
    op.create_table(
        "album_files",
        sa.Column("path", sa.String(64), nullable=False),
        sa.Column("photo_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("storage_key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_album_files"),
        _reference("album_files", "photo_id", "photos"),
    )
    op.create_index("ix_album_files_photo_id", "album_files", ["photo_id"])
    op.create_index("ix_album_files_storage_key", "album_files", ["storage_key"])


def _zips() -> None:
    op.create_table(
        "zips",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("entries", sa.Text, nullable=False),
        sa.Column("left_out", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("storage_key", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("downloads", sa.Integer, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("finished", sa.Float),
        sa.Column("expires", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zips"),
        _reference("zips", "owner_id", "owners"),
    )
    op.create_index("ix_zips_owner_id", "zips", ["owner_id"])
    op.create_index("ix_zips_expires", "zips", ["expires"])
    op.create_index("ix_zips_storage_key", "zips", ["storage_key"])


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )

"""What public views offer, the favourites of their visitors, and photos in an order of their owner's."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("photos", sa.Column("position", sa.Integer))
    op.create_table(
        "share_options",
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("downloads", sa.String(8), nullable=False),
        sa.Column("watermark", sa.Integer, nullable=False),
        sa.Column("favourites", sa.Integer, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_id", name="pk_share_options"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name="fk_share_options_group_id_groups", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "visitors",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.Column("sent", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_visitors"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name="fk_visitors_group_id_groups", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_visitors_group_id_secret", "visitors", ["group_id", "secret"], unique=True)
    op.create_table(
        "favourites",
        sa.Column("visitor_id", sa.String(36), nullable=False),
        sa.Column("photo_id", sa.String(36), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("visitor_id", "photo_id", name="pk_favourites"),
        sa.ForeignKeyConstraint(
            ["visitor_id"],
            ["visitors.id"],
            name="fk_favourites_visitor_id_visitors",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name="fk_favourites_photo_id_photos", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_favourites_photo_id", "favourites", ["photo_id"])

"""Name the columns of albums in general terms, and keep the UTC offset that a camera noted.

The two jobs of a photo are one from here on, which makes what is missing.

Columns of ``photos`` are renamed in place: SQLite would empty ``album_files`` where the table is made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_PHOTO_COLUMNS = {
    "sort_order": "sort_name",
    "hue": "mean_colour",
    "taken": "captured",
    "souvenir": "favourite",
}


def upgrade() -> None:
    for old, new in _PHOTO_COLUMNS.items():
        op.execute(f"ALTER TABLE photos RENAME COLUMN {old} TO {new}")
    op.execute("UPDATE jobs SET kind = 'photo' WHERE kind IN ('derivatives', 'likeness')")
    op.add_column("photos", sa.Column("captured_offset", sa.Float))
    with op.batch_alter_table("brands") as table:
        table.drop_constraint("uq_brands_vanity_key", type_="unique")
        table.alter_column("vanity_url", new_column_name="slug")
        table.alter_column("vanity_key", new_column_name="slug_key")
    with op.batch_alter_table("brands") as table:
        table.create_unique_constraint("uq_brands_slug_key", ["slug_key"])

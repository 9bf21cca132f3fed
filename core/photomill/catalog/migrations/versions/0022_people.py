"""Faces of records, whose they are, and which collections want to know. None did before."""

import sqlalchemy as sa
from alembic import op

from photomill.catalog.schema import Serial

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "collections", sa.Column("recogniser", sa.Text, nullable=False, server_default="")
    )
    op.create_table(
        "people",
        sa.Column("number", Serial, nullable=False, autoincrement=True),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_people"),
        _of_collection("people"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_people_collection_id", "people", ["collection_id"])
    op.create_table(
        "faces",
        sa.Column("number", Serial, nullable=False, autoincrement=True),
        sa.Column("serial", sa.BigInteger, nullable=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.Column("person", sa.BigInteger, nullable=False),
        *(sa.Column(side, sa.Float, nullable=False) for side in ("left", "top", "width", "height")),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("crop", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_faces"),
        _of_collection("faces"),
        sa.ForeignKeyConstraint(["person"], ["people.number"], name="fk_faces_person_people"),
        sqlite_autoincrement=True,
    )
    for column in ("serial", "collection_id", "person"):
        op.create_index(f"ix_faces_{column}", "faces", [column])
    op.create_table(
        "face_rejections",
        sa.Column("face", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("person", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("face", "person", name="pk_face_rejections"),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.number"],
                name=f"fk_face_rejections_{column}_{table}",
                ondelete="CASCADE",
            )
            for column, table in (("face", "faces"), ("person", "people"))
        ),
    )
    op.create_index("ix_face_rejections_person", "face_rejections", ["person"])
    op.create_table(
        "face_searches",
        sa.Column("serial", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("collection_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_face_searches"),
        _of_collection("face_searches"),
    )
    op.create_index("ix_face_searches_collection_id", "face_searches", ["collection_id"])


def _of_collection(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["collection_id"],
        ["collections.id"],
        name=f"fk_{table}_collection_id_collections",
        ondelete="CASCADE",
    )

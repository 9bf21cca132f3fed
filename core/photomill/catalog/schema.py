"""What the tables of all domains are declared in, and the one table that is the catalog's own."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

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

"""Schema versions of the catalog, run by alembic."""

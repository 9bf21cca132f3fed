"""Alembic's way in: the catalog hands over its own connection."""

from alembic import context

from photomill.catalog.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

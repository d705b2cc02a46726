"""What Alembic runs for every migration: on the connection that the store hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from ftbot.store.database import SCHEMA
from ftbot.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=SCHEMA.version_table,
    render_as_batch=True,
)
context.run_migrations()

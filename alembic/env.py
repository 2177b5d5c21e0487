"""How alembic runs here: on the connection that the program hands it (`monitor.store.schema`)."""

from alembic import context

from monitor.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit(
        "run `offsite-monitor migrate --config FILE`: it opens the database for alembic"
    )
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()

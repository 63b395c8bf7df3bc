"""How Alembic runs a migration here: on the connection it is handed, one runner at a time, never waiting long."""

from alembic import context
from sqlalchemy import Connection, text

from identity_service.storage.tables import metadata

LOCK_KEY = 0x1D5E_B1CE  # any constant: what matters is that every migrating process asks for the same one


def run() -> None:
    connection: Connection = context.config.attributes["connection"]
    on_postgres = connection.dialect.name == "postgresql"
    if on_postgres:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.execute(text("SET lock_timeout = '5s'"))  # not for the wait above: another migration may be long
    connection.exec_driver_sql("BEGIN" if on_postgres else "BEGIN IMMEDIATE")
    try:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=not on_postgres)
        context.run_migrations()
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    finally:
        if on_postgres:
            connection.invalidate()  # gives the lock back, and the settings above with it


run()

"""The schema's version: upgrading it, and refusing to work with another one.

The migrations are the `alembic/` folder of a checkout; in an installed package they lie inside it.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitor.errors import SchemaBehind
from monitor.store.database import Store

_PACKAGE = Path(__file__).resolve().parent.parent


def migrations() -> Path:
    """The folder that holds the migrations."""
    installed = _PACKAGE / "_alembic"
    return installed if installed.is_dir() else _PACKAGE.parent / "alembic"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    return config


def head() -> str:
    """The revision that this program works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None, "the migrations folder is empty"
    return revision


def current(store: Store) -> str | None:
    """The revision of the database; None for an empty one."""
    with store.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(store: Store) -> None:
    """Bring the schema to head, in one transaction."""
    config = _config()
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_head(store: Store) -> None:
    """Raise SchemaBehind unless the database is at this program's revision."""
    found = current(store)
    if found != head():
        raise SchemaBehind(
            f"database schema is at {found or 'nothing'}, this program needs {head()}:"
            " run `offsite-monitor migrate`"
        )

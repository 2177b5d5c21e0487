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


def fault(found: str | None) -> str | None:
    """What is wrong with a database at a revision, and what to do; None if it is this program's."""
    if found == head():
        return None
    if found is not None and found not in _known():
        return (
            f"database: schema {found} is not known to this program, which has up to {head()}:"
            " it belongs to a newer version; install that one"
        )
    return (
        f"database: schema is at {found or 'nothing'}, this program needs {head()}:"
        " run `offsite-monitor migrate`"
    )


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade(store: Store) -> None:
    """Bring the schema to head, in one transaction; SchemaBehind if it is beyond this program."""
    found = current(store)
    if found is not None and found not in _known():
        raise SchemaBehind(fault(found))
    config = _config()
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_head(store: Store) -> None:
    """Raise SchemaBehind unless the database is at this program's revision."""
    wrong = fault(current(store))
    if wrong is not None:
        raise SchemaBehind(wrong)

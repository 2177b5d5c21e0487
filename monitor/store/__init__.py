"""The store: tables and queries, the only home of SQLAlchemy.

`Store` opens the database and hands out connections inside transactions; the modules beside it
are queries by noun, plain functions over such a connection. Who passes connections and rows on
takes their types from here.
"""

from sqlalchemy import Connection, Row

from monitor.store.database import Store

__all__ = ["Connection", "Row", "Store"]
